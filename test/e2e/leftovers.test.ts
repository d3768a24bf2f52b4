import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { errorOf, type TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'

// A filesystem of its own, because not every one knows immutable files.
await describeWith(['mariadb', 'restic', 'xfs', 'root'], 'what cannot be removed', () => {
  let site: EmptySite
  let server: MariaDB
  let installation: TestInstallation
  let first: State
  let snapshot: string
  let stuck: string[] = []

  const state = async (): Promise<State> => {
    const { databases, files } = await captureState(server.sql, installation.dataDir)
    const seen = Object.entries(files).filter(([path]) => path !== '.' && !path.includes('.seatable-restic-'))
    return { databases, files: Object.fromEntries(seen) }
  }

  const isRestored = async () => expect(diffStates(first, await state())).toEqual([])

  const immutable = async (path: string) => {
    stuck.push(path)
    // It cannot do it to symbolic links, and says so.
    await execa('chattr', ['-R', '+i', path], { reject: false })
  }

  const mutable = async () => {
    for (const path of stuck) await execa('chattr', ['-R', '-i', path], { reject: false })
    stuck = []
  }

  const spoil = () => server.sql('DELETE FROM ccnet_db.EmailUser; CREATE TABLE dtable_db.newer (id int)')

  const json = <Document = unknown>(...args: string[]) => installation.json<Document>(...args)

  /** What is left of this program beside the data, and in the server. */
  const traces = async () => ({
    directories: (await readdir(installation.dataDir)).filter((name) => name.startsWith('.')).toSorted(),
    databases: (await server.sql('SHOW DATABASES'))
      .flat()
      .filter((name) => name.includes('__'))
      .toSorted(),
    leftovers: await readFile(join(installation.stateDir, 'leftovers.json'), 'utf8').catch(() => null),
  })

  beforeAll(async () => {
    site = await startEmptySite('leftovers', { onXfs: true })
    ;({ server, installation } = site)
    await createSchema(server.sql)
    await server.sql(`INSERT INTO ccnet_db.EmailUser (email, is_staff, is_active) VALUES ('one', 0, 1)`)
    await createTree(installation.dataDir, { files: 20 })
    await installation.createRepository()
    snapshot = (await json<{ snapshot: string }>('backup')).snapshot
    first = await state()
  })

  afterAll(async () => {
    await mutable()
    await site.end()
  })

  /** Once nothing is in the way any more, any command that changes something removes it all. */
  afterEach(async () => {
    await mutable()
    await server.sql('DROP DATABASE IF EXISTS shop')
    await json('backup')
    await json('drop-previous', '--yes')
    expect(await traces()).toEqual({ directories: [], databases: [], leftovers: null })
  })

  test('of previous data is told, keeps no backup, drill or restore from its work, and its names stay free of others', async () => {
    await json('restore', snapshot, '--yes')
    await server.sql(`SET foreign_key_checks = 0; CREATE DATABASE shop;
CREATE TABLE shop.orders (id int PRIMARY KEY, user bigint, CONSTRAINT buyer FOREIGN KEY (user) REFERENCES ccnet_db__previous.EmailUser (id))`)
    const kept = join(installation.dataDir, '.seatable-restic-previous')
    await immutable(join(kept, 'seahub-data'))
    const dropped = await installation.run('drop-previous', '--yes', '--json')
    expect(dropped.exitCode).toBe(1)
    expect(dropped.stderr).toContain('ALTER TABLE `shop`.`orders` DROP FOREIGN KEY `buyer`;')
    expect(errorOf(dropped.stderr).message).toBe(
      `Not all of the previous data could be removed: ccnet_db__previous, ${join(kept, 'seahub-data')}`,
    )
    expect(await traces()).toMatchObject({ databases: ['ccnet_db__previous'] })
    expect(await readdir(kept)).toEqual(['seahub-data'])

    const backup = await installation.run('backup', '--json')
    expect(backup.exitCode).toBe(0)
    expect(backup.stderr).toContain('What could not be removed is still there')
    expect(JSON.parse(backup.stdout).warnings.join()).not.toMatch(/not backed up: .*__previous/)
    await json('drill', snapshot)
    const { stdout } = await installation.run('doctor', '--json')
    expect(JSON.parse(stdout).checks).toContainEqual(
      expect.objectContaining({ id: 'leftovers', status: 'warn', message: expect.stringContaining('shop') }),
    )

    await spoil()
    const spoilt = await state()
    await json('restore', snapshot, '--yes')
    await isRestored()
    expect((await traces()).databases).toEqual([
      'ccnet_db__previous',
      ...['ccnet_db__previous2', 'dtable_db__previous2', 'seafile_db__previous2'],
    ])
    expect((await traces()).directories).toEqual(['.seatable-restic-previous', '.seatable-restic-previous2'])
    await json('rollback', '--yes')
    expect(diffStates(spoilt, await state())).toEqual([])
    await json('rollback', '--yes')
    await isRestored()
    // The second of them cannot go either.
    await immutable(`${kept}2`)
    await json('restore', snapshot, '--yes', '--drop-previous')
    await isRestored()
    expect((await traces()).directories).toEqual(
      [kept, `${kept}2`, `${kept}3`].map((path) => path.slice(dirname(path).length + 1)),
    )
    await json('rollback', '--yes')
  })

  test('of what an aborted restore or a drill has left aside is in nobody’s way', async () => {
    const aside = join(installation.dataDir, '.seatable-restic-aside')
    await mkdir(join(aside, 'deep'), { recursive: true })
    await immutable(aside)
    await server.sql('CREATE DATABASE dtable_db__aside')
    await json('restore', snapshot, '--yes', '--drop-previous').catch(() => {})
    await json('backup')
    await spoil()
    await json('restore', snapshot, '--yes', '--drop-previous')
    await isRestored()
    await json('rollback', '--yes')
    await json('rollback', '--yes')
    await isRestored()
    await json('restore', snapshot, '--in-place', '--yes', '--drop-previous')
    await isRestored()
  })

  test('of the dumps that a drill or a restore has fetched is in nobody’s way', async () => {
    const landing = join(installation.stateDir, 'landing')
    await mkdir(join(landing, 'old'), { recursive: true })
    await immutable(join(landing, 'old'))
    await json('drill', snapshot).catch(() => {})
    await json('drill', snapshot)
    await spoil()
    await json('restore', snapshot, '--yes')
    await isRestored()
    await json('backup')
  })

  test('of the staging area is told, and keeps no backup from its work', async () => {
    const staging = join(installation.stateDir, 'staging')
    await mkdir(join(staging, 'stranger'), { recursive: true })
    await immutable(join(staging, 'stranger'))
    const { exitCode, stderr, stdout } = await installation.run('backup', '--json')
    expect(exitCode).toBe(0)
    expect(stderr).toContain(`What lies in ${staging} cannot be removed: stranger`)
    const listed = await installation.restic('ls', JSON.parse(stdout).snapshot)
    expect(listed.stdout).toContain('staging/ccnet_db.sql')
    expect(listed.stdout).not.toContain('stranger')
    await mutable()
  })
})
