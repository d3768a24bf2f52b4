import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { onTerminal } from '../environment/on-terminal.ts'
import { type OnThisHost, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'

const directories = ['seafile-data', 'seahub-data', 'storage-data', 'conf']

await describeWith(['mariadb', 'restic', 'root'], 'what replaces or drops live data', () => {
  let seatable: OnThisHost
  let spoilt: State

  beforeAll(async () => {
    seatable = await startOnThisHost()
    await spoil(seatable)
    spoilt = await seatable.state()
  })

  afterAll(() => seatable.end())

  const run = (...args: string[]) => seatable.installation.run(...args)
  const json = <Document = Record<string, unknown>>(...args: string[]) => seatable.installation.json<Document>(...args)
  const terminal = (keys: string, question: RegExp, ...args: string[]) => {
    const environment = { PATH: process.env.PATH ?? '', HOME: seatable.installation.dir, TZ: 'UTC' }
    return onTerminal(seatable.installation.envFile, args, { question, keys }, environment)
  }

  /** Every name on this host that could tell of a run, but for restic's own cache and the lock of its repository. */
  const traces = async (): Promise<string[]> =>
    (await readdir(seatable.folder, { recursive: true }))
      .filter((path) => !/(^|\/)(cache|locks|db)(\/|$)/.test(path))
      .sort()

  describe('with --dry-run writes nothing', () => {
    test('restore into a folder: says what would lie where, how large, and that there is room', async () => {
      await rm(join(seatable.installation.stateDir, 'manifests'), { recursive: true, force: true })
      const before = await traces()
      const target = join(seatable.folder, 'look', 'here')
      const plan = await json('restore', '--target', target, '--dry-run')
      expect(plan).toMatchObject({
        dryRun: true,
        snapshot: seatable.snapshot,
        strategy: 'target',
        target,
        databases: ['ccnet_db', 'seafile_db', 'dtable_db'].map((name) =>
          expect.objectContaining({ name, to: join(target, `${name}.sql`), bytes: expect.any(Number) }),
        ),
        directories: directories.map((name) => ({ name, to: join(target, name), bytes: expect.any(Number) })),
        extraPaths: [],
        space: [expect.objectContaining({ path: target, needed: expect.any(Number), free: expect.any(Number) })],
      })
      const text = await run('restore', '-n', '--target', target)
      expect(text.stdout).toContain(join(target, 'seafile-data'))
      expect(text.stdout).toMatch(/Room for all of it at .*: about .* needed, .* free\.\nNothing live would be touched/)
      expect(text.stdout).not.toContain('Restored snapshot')
      const part = await json<{ directories: unknown[]; databases: unknown[] }>(
        ...['restore', seatable.snapshot, '--target', target, '--dry-run', '--database', 'ccnet_db'],
      )
      expect([part.databases.length, part.directories.length]).toEqual([1, 0])
      expect(await traces()).toEqual(before)
    })

    test('restore into a folder that is not empty is refused as without --dry-run', async () => {
      const { exitCode, stderr } = await run('restore', '--dry-run', '--target', seatable.folder)
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('is not empty')])
    })

    test('restore over live data: says also for what it would be refused', async () => {
      const before = await traces()
      const plan = await json<{ refused: unknown[]; dryRun: boolean; previous: unknown }>('restore', '--dry-run')
      expect(plan).toMatchObject({ dryRun: true, refused: [], previous: null })
      expect(await traces()).toEqual(before)
    })

    test('forget, also where an interrupted restore waits to be put right', async () => {
      const journal = join(seatable.installation.stateDir, 'journal.json')
      await writeFile(journal, 'what an interrupted restore has left')
      const { exitCode, stderr } = await run('forget', '--dry-run')
      await rm(journal)
      expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('journal')])
    })
  })

  test('asks on a terminal below the plan: no is no error, and Ctrl-C is an interruption', async () => {
    const question = /Replace what is live with this snapshot\?/
    const no = await terminal('n', question, 'restore')
    expect(no.shown).toMatch(/Snapshot [0-9a-f]{8}: SeaTable as it was at[\s\S]*Nothing was restored\.\s*$/)
    expect(no.shown).not.toContain('Error')
    expect(no.exitCode).toBe(0)
    const interrupted = await terminal('\u0003', question, 'restore')
    expect(interrupted.shown).toContain('The question was not answered, and nothing was done')
    expect(interrupted.exitCode).toBe(130)
    expect(diffStates(spoilt, await seatable.state())).toEqual([])
  })

  test('is refused without --yes where nobody can be asked, for the reason that holds', async () => {
    const withoutTerminal = await run('restore')
    expect(withoutTerminal.stderr).toContain('A restore replaces live data, and there is no terminal to ask on')
    expect(withoutTerminal.exitCode).toBe(2)
    // There is nothing to press for: the program ends by itself.
    const never = /^never$/
    const quiet = await terminal('', never, 'restore', '--quiet')
    expect([quiet.exitCode, quiet.shown]).toEqual([2, expect.stringContaining('with --quiet nothing is asked')])
    const document = await terminal('', never, 'restore', '--json')
    expect([document.exitCode, document.shown]).toEqual([2, expect.stringContaining('with --json nothing is asked')])
    expect(diffStates(spoilt, await seatable.state())).toEqual([])
  })

  describe('after a restore', () => {
    beforeAll(() => json('restore', '-y'))

    test('another would be refused as things are, which its plan says', async () => {
      const plan = await json<{ refused: { message: string }[]; previous: { databases: string[] } }>('restore', '-n')
      expect(plan.previous.databases).toEqual(['ccnet_db', 'seafile_db', 'dtable_db'])
      expect(plan.refused).toMatchObject([{ message: expect.stringMatching(/^The data that the restore of .* kept$/) }])
      const text = await run('restore', '--dry-run')
      expect(text.stdout).toMatch(/REFUSED as things are: The data that the restore of[\s\S]*Nothing was restored\.$/)
      expect(await json('restore', '-n', '--drop-previous')).toMatchObject({ refused: [] })
    })

    test('a rollback shows what it will do, and does nothing without a yes', async () => {
      const before = await traces()
      expect(await json('rollback', '--dry-run')).toEqual({
        dryRun: true,
        snapshot: seatable.snapshot,
        replacedAt: expect.stringMatching(/^\d{4}-/),
        databases: ['ccnet_db', 'seafile_db', 'dtable_db'].map((name) => ({
          name,
          tables: expect.any(Number),
          comesBack: true,
        })),
        directories: ['seafile-data', 'seahub-data', 'storage-data'].map((name) => ({
          name,
          live: join(seatable.installation.dataDir, name),
          comesBack: true,
        })),
        stops: [],
      })
      expect((await run('rollback', '-n')).stdout).toMatch(
        /^Rollback: what was live until[\s\S]*Nothing was swapped\.$/,
      )
      const refused = await run('rollback', '--json')
      expect(errorOf(refused.stderr).message).toBe('A rollback replaces live data, and there is no terminal to ask on')
      expect([refused.exitCode, refused.stdout]).toEqual([2, ''])
      const no = await terminal('n', /Swap what is live with this\?/, 'rollback')
      expect(no.shown).toMatch(/ccnet_db comes back, with \d+ tables[\s\S]*Nothing was swapped\.\s*$/)
      expect(no.exitCode).toBe(0)
      expect(await traces()).toEqual(before)
    })

    test('a rollback that is confirmed is done', async () => {
      const yes = await terminal('y', /Swap what is live with this\?/, 'rollback')
      expect(yes.exitCode, yes.shown).toBe(0)
      // conf was not restored, and is not swapped.
      expect(diffStates(spoilt, await seatable.state())).toEqual([])
      await json('rollback', '--yes')
    })

    test('dropping shows what it will drop, and drops nothing without a yes', async () => {
      const before = await traces()
      expect(await json('drop-previous', '--dry-run')).toMatchObject({
        dryRun: true,
        wouldDrop: {
          drops: [{ name: 'ccnet_db__previous' }, { name: 'seafile_db__previous' }, { name: 'dtable_db__previous' }],
          directories: expect.arrayContaining([expect.stringContaining('.seatable-restic-previous/seafile-data')]),
          directoryBytes: expect.any(Number),
        },
      })
      const refused = await run('drop-previous')
      expect(refused.stderr).toContain(
        'What is dropped is the way back from the last restore, and there is no terminal',
      )
      expect(refused.exitCode).toBe(2)
      const no = await terminal('n', /Drop it for good\?/, 'drop-previous')
      expect(no.shown).toMatch(/database ccnet_db__previous: \d+ tables[\s\S]*Nothing was dropped\.\s*$/)
      expect(no.exitCode).toBe(0)
      expect(await traces()).toEqual(before)
    })

    test('dropping that is confirmed is done, and asks nothing where nothing is kept', async () => {
      expect(await json('drop-previous', '-y')).toMatchObject({ dropped: { snapshot: seatable.snapshot } })
      expect(await json('drop-previous')).toEqual({ dropped: null })
      expect(await json('drop-previous', '-n')).toEqual({ dryRun: true, wouldDrop: null })
    })
  })
})
