import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import { createInstallation, endOf, type TestInstallation } from '../environment/installation.ts'
import { describeWith } from '../environment/requirements.ts'
import { resticBinaries } from '../environment/restic.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { tracesOf } from '../environment/traces.ts'
import { scaleUp } from '../fixture/scale.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'
import { until } from '../fixture/until.ts'

/** Enough that a dump and a load last for seconds. */
const megabytes = 30

await describeWith(['docker', 'restic'], 'a run that is ended in the middle', () => {
  let container: DatabaseContainer
  let installation: TestInstallation
  let first: string
  let firstState: State

  beforeAll(async () => {
    container = await startDatabaseContainer()
    installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name } })
    await createSchema(container.sql)
    await scaleUp(container.pipeSql, { megabytes })
    await createTree(installation.dataDir)
    await installation.createRepository()
    ;({ snapshot: first } = await installation.json<{ snapshot: string }>('backup'))
    firstState = await state()
  })

  afterAll(async () => {
    await container.remove()
    await rm(installation.dir, { recursive: true, force: true })
  })

  const state = () => captureState(container.sql, installation.dataDir)

  let changes = 0
  /** What is live is not what the snapshot holds, so that a swap would be seen. */
  const changeSomething = async (): Promise<State> => {
    changes++
    await container.sql(`UPDATE Branch SET commit_id = 'newer ${changes}' LIMIT 1`, 'seafile_db')
    await writeFile(join(installation.dataDir, 'seahub-data', 'newer'), `newer ${changes}`)
    return state()
  }

  interface Interruption {
    readonly args: readonly string[]
    readonly signal: NodeJS.Signals
    readonly what: string
    readonly reached: () => Promise<boolean>
    readonly within?: Readonly<Record<string, string>>
  }

  /** Starts a run, and ends it by a signal when it has got as far as it should. */
  const interrupt = async ({ args, signal, what, reached, within = {} }: Interruption) => {
    const running = installation.within(within).start(...args)
    const isOver = () => running.exitCode !== null
    await until(what, async () => isOver() || (await reached()))
    if (isOver()) throw new Error(`It ended by itself: ${JSON.stringify(endOf(await running))}`)
    running.kill(signal)
    const end = await running
    return { ...endOf(end), killedBy: end.signal ?? 'nobody' }
  }

  const staged = async (name: string): Promise<number> =>
    stat(join(installation.stateDir, 'staging', name)).then(
      ({ size }) => size,
      () => 0,
    )

  const isStaged = async (): Promise<boolean> =>
    /"complete": true/.test(
      await readFile(join(installation.stateDir, 'staging', 'manifest.json'), 'utf8').catch(() => ''),
    )

  const locks = async (): Promise<string[]> =>
    (await readdir(join(installation.dir, 'repository', 'locks'))).filter((name) => !name.includes('-tmp-'))

  /** No client of ours in the container, and no connection of one at the server. */
  const nobodyIsThere = async (): Promise<boolean> => {
    const { stdout: processes } = await execa('docker', ['top', container.name, '-eo', 'pid,args'])
    const connections = await container.sql(
      "SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND USER NOT IN ('system user', 'event_scheduler')",
    )
    return !/mariadb-dump|mysqldump|mariadb .*--batch/.test(processes) && connections.length === 0
  }

  const exits = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const

  describe('during the dump', () => {
    const duringDump = (signal: NodeJS.Signals) =>
      interrupt({
        args: ['backup'],
        signal,
        what: 'a part of the largest dump is on the disk',
        reached: async () => (await staged('dtable_db.sql.partial')) > 1_000_000,
      })

    test.each(exits)('%s ends it with %d, and nothing is left', async (signal, exitCode) => {
      const before = await changeSomething()
      const end = await duringDump(signal)
      expect(end).toMatchObject({ exitCode, stderr: expect.stringMatching(/Dumping the databases: interrupted/) })
      await until('the client in the container has gone', nobodyIsThere)
      expect(await tracesOf(installation, container.sql)).toEqual([])
      expect(diffStates(before, await state())).toEqual([])
      await installation.json('backup')
    })

    test('a killed run is cleaned up by the next, which succeeds', async () => {
      const before = await changeSomething()
      expect(await duringDump('SIGKILL')).toMatchObject({ killedBy: 'SIGKILL' })
      expect(await staged('dtable_db.sql.partial')).toBeGreaterThan(0)
      await installation.json('backup')
      await until('the client in the container has gone', nobodyIsThere)
      expect(await tracesOf(installation, container.sql)).toEqual([])
      expect(diffStates(before, await state())).toEqual([])
    })
  })

  describe('while restic saves the snapshot', async () => {
    const versions = await resticBinaries()
    const repositoryData = () => join(installation.dir, 'repository', 'data')

    /** restic has much that is new to save, and is slow. */
    const duringSave = async (signal: NodeJS.Signals, restic: string) => {
      await writeFile(join(installation.dataDir, 'seafile-data', 'new'), randomBytes(30_000_000))
      const folder = await shim(
        join(installation.dir, 'slow-save'),
        'restic',
        'case "$1" in backup) exec "$real" --limit-upload 2000 "$@";; esac\nexec "$real" "$@"',
        restic,
      )
      const before = new Set(await readdir(repositoryData(), { recursive: true }))
      return interrupt({
        args: ['backup'],
        signal,
        what: 'restic writes to the repository',
        reached: async () =>
          (await isStaged()) &&
          (await readdir(repositoryData(), { recursive: true })).some(
            (name) => name.includes('-tmp-') && !before.has(name),
          ),
        within: pathWith(folder),
      })
    }

    const snapshots = async () => readdir(join(installation.dir, 'repository', 'snapshots'))

    for (const [version, restic] of versions) {
      test.each(exits)(`%s ends it with %d, and restic ${version} leaves no lock`, async (signal, exitCode) => {
        const before = await snapshots()
        expect((await duringSave(signal, restic)).exitCode).toBe(exitCode)
        expect(await locks()).toEqual([])
        expect(await tracesOf(installation, container.sql)).toEqual([])
        expect(await snapshots()).toEqual(before)
      })
    }

    test('a killed run is cleaned up by the next, which succeeds', async () => {
      const [restic = ''] = versions.values()
      expect(await duringSave('SIGKILL', restic)).toMatchObject({ killedBy: 'SIGKILL' })
      expect(await staged('ccnet_db.sql')).toBeGreaterThan(0)
      await installation.json('backup')
      expect(await tracesOf(installation, container.sql)).toEqual([])
      // A restic that is killed, or that nobody listens to any more, cannot remove its lock.
      await installation.restic('unlock', '--remove-all')
    })
  })

  describe('while a database is loaded aside', () => {
    const duringLoad = (signal: NodeJS.Signals) =>
      interrupt({
        args: ['restore', first, '--yes'],
        signal,
        what: 'rows lie in the largest aside database',
        reached: () =>
          container
            .sql(
              'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; SELECT 1 FROM dtable_db__aside.operation_log LIMIT 1',
            )
            .then(
              (rows) => rows.length > 0,
              () => false,
            ),
      })

    test.each(exits)('%s ends it with %d, and nothing is left', async (signal, exitCode) => {
      const before = await changeSomething()
      const end = await duringLoad(signal)
      expect(end).toMatchObject({ exitCode, stderr: expect.stringMatching(/Loading dtable_db aside: interrupted/) })
      await until('the client in the container has gone', nobodyIsThere)
      expect(await tracesOf(installation, container.sql)).toEqual([])
      expect(diffStates(before, await state())).toEqual([])
    })

    test('a killed restore is cleaned up by the next run, a backup, which succeeds', async () => {
      const before = await changeSomething()
      expect(await duringLoad('SIGKILL')).toMatchObject({ killedBy: 'SIGKILL' })
      await until('the client in the container has gone', nobodyIsThere)
      expect(diffStates(before, await state())).toEqual([])
      expect(await readdir(join(installation.stateDir, 'landing'))).toContain('dtable_db.sql')
      await installation.json('backup')
      expect(await tracesOf(installation, container.sql)).toEqual([])
      expect(diffStates(before, await state())).toEqual([])
    })
  })

  describe('while the directories are restored aside', () => {
    const aside = () => join(installation.dataDir, '.seatable-restic-aside')

    const duringFiles = async (signal: NodeJS.Signals) => {
      const folder = await shim(
        join(installation.dir, 'slow-files'),
        'restic',
        'case "$*" in *seatable-restic-aside*) exec "$real" --limit-download 1000 "$@";; esac\nexec "$real" "$@"',
      )
      return interrupt({
        args: ['restore', first, '--database', 'ccnet_db', '--directory', 'seafile-data', 'seahub-data', '--yes'],
        signal,
        what: 'a file lies aside',
        reached: async () => {
          const found = await readdir(aside(), { recursive: true, withFileTypes: true }).catch(() => [])
          return found.some((entry) => entry.isFile())
        },
        within: pathWith(folder),
      })
    }

    test.each(exits)('%s ends it with %d, and nothing is left', async (signal, exitCode) => {
      const before = await changeSomething()
      expect((await duringFiles(signal)).exitCode).toBe(exitCode)
      expect(await locks()).toEqual([])
      expect(await tracesOf(installation, container.sql)).toEqual([])
      expect(diffStates(before, await state())).toEqual([])
    })

    test('a killed restore is followed by one that brings everything back', async () => {
      const before = await changeSomething()
      expect(await duringFiles('SIGKILL')).toMatchObject({ killedBy: 'SIGKILL' })
      expect(diffStates(before, withoutAside(await state()))).toEqual([])
      await installation.json('restore', first, '--yes')
      await installation.json('drop-previous', '--yes')
      expect(await tracesOf(installation, container.sql)).toEqual([])
      expect(diffStates(firstState, await state())).toEqual([])
    })

    const withoutAside = ({ databases, files }: State): State => ({
      databases,
      files: Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('.seatable-restic-aside'))),
    })
  })
})
