import { rename, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { type OnThisHost, seenState, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'

await describeWith(['mariadb', 'restic', 'root'], 'on a new machine', () => {
  let seatable: OnThisHost
  let first: State
  let fresh: MariaDB
  let dataDir: string

  beforeAll(async () => {
    seatable = await startOnThisHost({ settings: { SEATABLE_RESTIC_HOST: 'old.example.com' } })
    const { installation } = seatable
    const { databases, files } = await seatable.state()
    first = { databases, files: Object.fromEntries(Object.entries(files).filter(([path]) => !unsaved.test(path))) }
    await seatable.server.stop()
    // Only the repository and its password come along.
    await rename(installation.stateDir, join(seatable.folder, 'old state'))
    await rename(installation.dataDir, join(seatable.folder, 'old data'))
    fresh = await startMariaDB({
      dir: join(seatable.folder, 'fresh'),
      extraArgs: ['--character-set-server=latin1', '--collation-server=latin1_swedish_ci'],
    })
    dataDir = join(seatable.folder, 'opt', 'seatable-server', 'seatable')
    await installation.set({
      SEATABLE_RESTIC_HOST: null,
      SEATABLE_RESTIC_DB_SOCKET: fresh.socket,
      SEATABLE_RESTIC_DATA_DIR: dataDir,
    })
  })

  afterAll(async () => {
    await fresh.stop()
    await seatable.end()
  })

  test('the snapshots of the old one are seen, under its name', async () => {
    const listed = await seatable.installation.json<{ id: string; hostname: string }[]>('snapshots')
    expect(listed).toMatchObject([{ id: seatable.snapshot, hostname: 'old.example.com' }])
    expect(hostname()).not.toBe('old.example.com')
  })

  test('the plan says that everything is new here', async () => {
    const plan = await seatable.installation.json<Record<string, unknown>>('restore', '--dry-run')
    expect(plan).toMatchObject({
      databases: ['ccnet_db', 'seafile_db', 'dtable_db'].map((name) =>
        expect.objectContaining({ name, exists: false }),
      ),
      directories: ['seafile-data', 'seahub-data', 'storage-data', 'conf'].map((name) =>
        expect.objectContaining({ live: join(dataDir, name), exists: false }),
      ),
      kept: [],
      seatable: { saved: { version: '5.3.0', url: 'https://seatable.example.com' }, now: { version: null, url: null } },
      remains: [
        'Install SeaTable 5.3.0, no newer one; upgrade when that runs.',
        expect.stringMatching(/database user of SeaTable .* users are in no dump/),
        expect.stringMatching(/Bring the compose files .* not in the snapshot/),
        expect.stringMatching(/^conf is that of the snapshot/),
        expect.stringMatching(/reached at https:\/\/seatable\.example\.com/),
        expect.stringMatching(/Big data is still to be brought back: .*no container .*restore-all/),
      ],
    })
    const { stdout } = await seatable.installation.run('restore', '--dry-run')
    expect(stdout).toContain('\nNothing is lost: none of this is live here yet.\n')
    expect(stdout).toMatch(/^Nothing of it is live here yet: there is nothing to keep\./m)
    await expect(stat(join(seatable.folder, 'opt'))).rejects.toThrow('ENOENT')
  })

  test('a restore makes the databases and the data directory, equal to those of the old one', async () => {
    const { stdout } = await seatable.installation.run('restore', '--yes')
    expect(stdout).toMatch(/What remains to be done by hand:\n- Install SeaTable 5\.3\.0/)
    expect(stdout).toMatch(/^Nothing of it was live here before, so that nothing is kept\./m)
    expect(stdout).not.toMatch(/What was live/)
    expect(diffStates(first, await seenState(fresh, dataDir))).toEqual([])
    // SeaTable may run as somebody else than root: only our own working directories are private.
    expect((await stat(dataDir)).mode & 0o777).toBe(0o755)
    expect((await stat(join(seatable.folder, 'opt'))).mode & 0o777).toBe(0o755)
  })

  test('a rollback takes all of it away again, and another brings it back', async () => {
    await seatable.installation.json('rollback', '--yes')
    expect(diffStates({ databases: {}, files: {} }, await seenState(fresh, dataDir))).toEqual([])
    await seatable.installation.json('rollback', '--yes')
    expect(diffStates(first, await seenState(fresh, dataDir))).toEqual([])
    await seatable.installation.json('drop-previous', '--yes')
  })

  test('a backup goes on from there, under the new name', async () => {
    const { snapshot } = await seatable.installation.json<{ snapshot: string }>('backup')
    const listed = await seatable.installation.json<{ id: string; hostname: string }[]>('snapshots')
    expect(listed.map(({ id, hostname: host }) => [id, host])).toEqual([
      [seatable.snapshot, 'old.example.com'],
      [snapshot, hostname()],
    ])
  })
})

/** What lies beside the data directories and is in no snapshot. */
const unsaved = /^(db-data|logs)(\/|$)/
