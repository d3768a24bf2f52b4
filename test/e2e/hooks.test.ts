import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ProgramEnd, program, type TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, fillSite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { damage } from '../fixture/damage.ts'
import { captureState, diffStates } from '../fixture/state.ts'
import { dataPaths } from '../fixture/tree.ts'

interface Status {
  readonly jobs: readonly { readonly snapshot: string | null }[]
  readonly problems: readonly unknown[]
}

await describeWith(['mariadb', 'restic'], 'the hooks around a plain restic', () => {
  let server: MariaDB
  let installation: TestInstallation
  let site: EmptySite
  let staging: string

  beforeAll(async () => {
    site = await startEmptySite('hooks')
    ;({ server, installation } = site)
    staging = join(installation.stateDir, 'staging')
    await fillSite(server.sql, installation)
  })

  afterAll(() => site.end())

  const state = () => captureState(server.sql, installation.dataDir)

  /** An executable of `hooks/`, as a wrapper calls it. */
  const hook = async (name: string, ...args: string[]): Promise<ProgramEnd> => {
    const { exitCode, stdout, stderr } = await execa(resolve('hooks', name), args, {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: site.folder,
        SEATABLE_RESTIC: program,
        SEATABLE_RESTIC_ENV: installation.envFile,
      },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    })
    return { exitCode: exitCode ?? -1, stdout, stderr }
  }

  const problems = async (): Promise<string[]> =>
    JSON.parse((await installation.run('status', '--json')).stdout).problems.map(({ id }: { id: string }) => id)

  const sources = () => [staging, ...dataPaths.map((name) => join(installation.dataDir, name))]

  test('make a snapshot that this program lists, drills and restores', async () => {
    const before = await state()
    expect(await hook('pre-backup', '--verbose')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^ {2}data directory: .*\(SEATABLE_RESTIC_DATA_DIR/m),
    })
    expect((await readdir(staging)).sort()).toEqual([
      'ccnet_db.sql',
      'dtable_db.sql',
      'manifest.json',
      'seafile_db.sql',
    ])
    const made = await installation.restic('backup', '--host', 'wrapper', '--tag', 'its-own', ...sources())
    expect(made.exitCode).toBe(0)
    expect(await hook('post-backup', '0')).toMatchObject({ exitCode: 0 })
    expect(await readdir(staging)).toEqual([])
    expect(await hook('post-backup')).toMatchObject({ exitCode: 0 })

    const [listed] = await installation.json<{ id: string; tags: string[]; databases: unknown[] }[]>('snapshots')
    // What the wrapper made is known without asking the repository again.
    const { jobs, problems } = await installation.json<Status>('status')
    expect([jobs[0], problems]).toEqual([expect.objectContaining({ snapshot: listed?.id, status: 'ok' }), []])
    expect(listed?.tags).toEqual(['its-own'])
    expect(listed?.databases).toHaveLength(3)
    expect((await installation.json<{ ok: boolean }>('drill')).ok).toBe(true)
    await damage(server.sql, installation.dataDir)
    await rm(join(installation.dataDir, 'conf'), { recursive: true })
    await installation.json('restore', 'latest', '--yes')
    await installation.json('drop-previous', '--yes')
    expect(diffStates(before, await state())).toEqual([])
  })

  test('bring live what the wrapper has restored into the landing area', async () => {
    const before = await state()
    await damage(server.sql, installation.dataDir)
    await rm(join(installation.dataDir, 'conf'), { recursive: true })
    const { stdout: landing } = await hook('pre-restore')
    expect(landing).toBe(join(installation.stateDir, 'landing'))
    expect((await installation.restic('restore', 'latest', '--target', landing)).exitCode).toBe(0)
    const { exitCode, stderr } = await hook('post-restore')
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    expect(await readdir(landing)).toEqual([])
    await installation.json('drop-previous', '--yes')
    expect(diffStates(before, await state())).toEqual([])
  })

  test('say, as a restore does, which views cannot be kept, and refuse what there is no room for', async () => {
    const before = await state()
    await server.sql(
      'CREATE TABLE ccnet_db.gone (a INT); CREATE VIEW ccnet_db.orphan AS SELECT a FROM ccnet_db.gone; DROP TABLE ccnet_db.gone',
    )
    const { stdout: landing } = await hook('pre-restore')
    expect((await installation.restic('restore', 'latest', '--target', landing)).exitCode).toBe(0)
    const small = join(site.folder, 'small')
    await mkdir(small)
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
    try {
      await mkdir(join(small, 'seafile-data'))
      // What is already on it leaves no room for what comes.
      await writeFile(join(small, 'other'), Buffer.alloc(1020 * 1024)).catch(() => {})
      await installation.set({ SEATABLE_RESTIC_DATA_DIR: small })
      const refused = await hook('post-restore')
      expect(refused.exitCode).toBe(1)
      expect(refused.stderr).toMatch(/no room for the directories at .*small: about \d+ MiB are needed/)
      expect(refused.stderr).toMatch(/Free space there, then run once more: seatable-restic hook post-restore/)
      expect(refused.stderr).toContain(viewsLost)
      expect((await readdir(small)).sort()).toEqual(['other', 'seafile-data'])
    } finally {
      await installation.set({ SEATABLE_RESTIC_DATA_DIR: installation.dataDir })
      await execa('umount', [small])
    }
    // Nothing of the landing area is gone: with room it goes on from there.
    const { exitCode, stderr } = await hook('post-restore')
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining(viewsLost)])
    await installation.json('drop-previous', '--yes')
    expect(diffStates(before, await state())).toEqual([])
  })

  const viewsLost = 'ccnet_db: live views whose tables are gone cannot be kept for a rollback: orphan'

  test('refuse an empty landing area, and what was restored to / itself', async () => {
    await hook('pre-restore')
    const empty = await hook('post-restore')
    expect(empty.exitCode).toBe(1)
    expect(empty.stderr).toContain('Nothing that can be restored lies in the landing area')

    await installation.restic('restore', 'latest', '--target', '/', '--include', staging)
    const overwritten = await hook('post-restore')
    expect(overwritten.exitCode).toBe(1)
    expect(overwritten.stderr).toMatch(/has restored to \/ .*databases are as they were/)
    await hook('post-backup')
  })

  test('that fail leave a manifest with which no snapshot is taken for good', async () => {
    await server.sql('RENAME TABLE ccnet_db.EmailUser TO ccnet_db.EmailUser2')
    await installation.set({ SEATABLE_RESTIC_DATABASES: 'ccnet_db missing_db' })
    const failed = await hook('pre-backup')
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toContain('missing_db')
    expect(await readdir(staging)).toEqual(['manifest.json'])
    expect(JSON.parse(await readFile(join(staging, 'manifest.json'), 'utf8'))).toMatchObject({ complete: false })

    // The wrapper ignores the failure and goes on.
    await installation.restic('backup', '--host', 'wrapper', ...sources())
    const listed = await installation.json<{ id: string; problem?: string }[]>('snapshots')
    expect(listed.at(-1)?.problem).toMatch(/never completed.*missing_db/)
    for (const command of ['restore', 'drill']) {
      const refused = await installation.run(command, 'latest', ...(command === 'restore' ? ['--yes'] : []))
      expect(refused.exitCode).toBe(1)
      expect(refused.stderr).toMatch(/never completed/)
    }
    await installation.set({ SEATABLE_RESTIC_DATABASES: null })
    await server.sql('RENAME TABLE ccnet_db.EmailUser2 TO ccnet_db.EmailUser')
    await hook('post-backup', '1')
    // A drill of that snapshot was refused above.
    expect(await problems()).toEqual(['failed:hook pre-backup', 'failed:drill'])
  })

  test('tell status of a wrapper that says it has saved what it has not', async () => {
    await hook('pre-backup')
    const { exitCode, stderr } = await hook('post-backup', '0')
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('holds no snapshot of the dumps')])
    expect(await problems()).toEqual(['failed:hook post-backup', 'failed:drill'])
  })

  test('say that a snapshot holds the dumps of an earlier run', async () => {
    await hook('pre-backup')
    const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
    await installation.restic('backup', '--host', 'wrapper', '--time', tomorrow, ...sources())
    await hook('post-backup', '0')
    const listed = await installation.json<{ problem?: string }[]>('snapshots')
    expect(listed.at(-1)?.problem).toMatch(/the dumps were \d+ hours old/)
  })
})
