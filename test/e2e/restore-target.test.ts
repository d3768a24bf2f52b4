import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { type OnThisHost, partOf, seenState, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { captureFiles } from '../fixture/state/files.ts'
import { diffStates, type State } from '../fixture/state.ts'

const databases = ['ccnet_db', 'seafile_db', 'dtable_db']
const directories = ['seafile-data', 'seahub-data', 'storage-data', 'conf']

await describeWith(['mariadb', 'restic', 'root'], 'a restore into a folder', () => {
  let seatable: OnThisHost
  let first: State

  beforeAll(async () => {
    seatable = await startOnThisHost({
      prepare: async (installation) => {
        const compose = join(installation.dir, 'compose')
        await mkdir(compose)
        await writeFile(join(compose, '.env'), 'SEATABLE_MYSQL_ROOT_PASSWORD=secret\n', { mode: 0o600 })
        await writeFile(join(installation.dir, 'licence'), 'the licence')
        const paths = [compose, join(installation.dir, 'licence'), join(installation.dataDir, 'conf')]
        await mkdir(join(installation.dataDir, 'conf'))
        await installation.set({ SEATABLE_RESTIC_EXTRA_PATHS: paths.join(' ') })
      },
    })
    first = await seatable.state()
    await spoil(seatable)
  })

  afterAll(() => seatable.end())

  const into = (name: string) => join(seatable.folder, name)

  test('holds the dumps, the manifest, the directories and the extra paths, and touches nothing live', async () => {
    const { installation, state } = seatable
    const before = await state()
    const target = into('whole/below')
    const { strategy, previous, dataPaths } = await installation.json<Record<string, unknown>>(
      'restore',
      '--target',
      target,
    )
    expect({ strategy, previous, dataPaths }).toEqual({
      strategy: 'target',
      previous: null,
      dataPaths: directories.map((name) => join(target, name)),
    })
    const dumps = databases.map((name) => `${name}.sql`)
    expect((await readdir(target)).sort()).toEqual([...dumps, ...directories, 'extra', 'manifest.json'].sort())
    expect((await stat(target)).mode & 0o777).toBe(0o700)
    for (const dump of dumps) expect((await stat(join(target, dump))).mode & 0o777).toBe(0o600)
    const files = await captureFiles(target, true)
    expect(
      diffStates(
        { databases: {}, files: partOf(first, { directories }).files },
        { databases: {}, files: partOf({ databases: {}, files }, { directories }).files },
      ),
    ).toEqual([])
    expect(await readFile(join(target, 'extra', installation.dir, 'compose', '.env'), 'utf8')).toContain('secret')
    expect(await readFile(join(target, 'extra', installation.dir, 'licence'), 'utf8')).toBe('the licence')
    expect(diffStates(before, await state())).toEqual([])
  })

  test('its dumps, loaded by a stock client into a fresh server, are the databases of the snapshot', async () => {
    const fresh = await startMariaDB({ dir: into('fresh') })
    try {
      await loadInto(fresh, into('whole/below'))
      const { databases: loaded } = await seenState(fresh, into('whole/below'))
      expect(diffStates({ databases: first.databases, files: {} }, { databases: loaded, files: {} })).toEqual([])
    } finally {
      await fresh.stop()
    }
  })

  test('takes only the databases and directories that are named', async () => {
    const { installation } = seatable
    const flags = ['--database', 'ccnet_db', '--directory', 'seahub-data', 'storage-data']
    await installation.json('restore', '--target', into('part'), ...flags)
    expect((await readdir(into('part'))).sort()).toEqual([
      'ccnet_db.sql',
      'manifest.json',
      'seahub-data',
      'storage-data',
    ])
  })

  test('needs no database', async () => {
    const { installation, server } = seatable
    await installation.set({ SEATABLE_RESTIC_DB_SOCKET: into('no-such.sock') })
    await installation.json('restore', '--target', into('without'), '--database', 'ccnet_db')
    await installation.set({ SEATABLE_RESTIC_DB_SOCKET: server.socket })
    expect((await readdir(into('without'))).sort()).toEqual(['ccnet_db.sql', 'manifest.json'])
  })

  test('refuses a folder that holds something, and leaves it as it is', async () => {
    await mkdir(into('full'))
    await writeFile(join(into('full'), 'mine'), 'mine')
    const { exitCode, stderr } = await seatable.installation.run('restore', '--target', into('full'))
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/The directory .*full is not empty \(mine/)
    expect(await readdir(into('full'))).toEqual(['mine'])
  })
})

/** As the pages say, each database made anew. */
const loadInto = async ({ sql, pipeSql }: MariaDB, folder: string): Promise<void> => {
  await sql(databases.map((name) => `CREATE DATABASE ${name}`).join(';\n'))
  for (const name of databases) await pipeSql(createReadStream(join(folder, `${name}.sql`)), name)
}
