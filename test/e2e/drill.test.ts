import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import { createInstallation, errorOf, type TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, fillSite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import type { Sql } from '../fixture/sql.ts'
import { captureState, diffStates } from '../fixture/state.ts'

interface Manifest {
  readonly server: { version: string }
  readonly databases: { largestStatement: number }[]
}

interface Drill {
  readonly ok: boolean
  readonly databases: { readonly name: string; readonly identical: boolean; readonly differences: string[] }[]
  readonly files: { readonly count: number }
}

const fill = async (sql: Sql, installation: TestInstallation) => {
  await fillSite(sql, installation)
  await installation.json('backup')
}

const traces = async (sql: Sql, { stateDir }: TestInstallation) => ({
  databases: await sql("SHOW DATABASES LIKE '%\\_\\_%'"),
  users: await sql("SELECT User FROM mysql.user WHERE User LIKE 'seatable\\_restic%'"),
  landing: await readdir(join(stateDir, 'landing')),
  journal: (await readdir(stateDir)).filter((name) => name.startsWith('journal')),
})

const none = { databases: [], users: [], landing: [], journal: [] }

await describeWith(['mariadb', 'restic'], 'a drill', () => {
  let server: MariaDB
  let installation: TestInstallation
  let site: EmptySite

  beforeAll(async () => {
    site = await startEmptySite('drill')
    ;({ server, installation } = site)
    await fill(server.sql, installation)
  })

  afterAll(() => site.end())

  test('proves that the last snapshot restores, changes nothing and leaves nothing behind', async () => {
    const before = await captureState(server.sql, installation.dataDir)
    const { ok, databases, files } = await installation.json<Drill>('drill')
    expect(ok).toBe(true)
    expect(databases.map(({ identical }) => identical)).toEqual([true, true, true])
    expect(files.count).toBeGreaterThan(200)
    expect(diffStates(before, await captureState(server.sql, installation.dataDir))).toEqual([])
    expect(await traces(server.sql, installation)).toEqual(none)
  })

  test('that is isolated needs a container', async () => {
    const { exitCode, stderr } = await installation.run('drill', '--isolated')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('needs the database’s container')
  })

  /** A snapshot whose staging area somebody has altered, made by restic itself. */
  const spoiledSnapshot = async (spoil: (staging: string) => Promise<void>, ...options: string[]) => {
    const staging = join(installation.stateDir, 'staging')
    const kept = join(site.folder, 'kept')
    await rm(kept, { recursive: true, force: true })
    const [first] = await installation.json<{ id: string }[]>('snapshots')
    await installation.json('restore', first?.id ?? '', '--target', kept)
    for (const name of await readdir(kept)) {
      if (/\.(sql|json)$/.test(name)) await cp(join(kept, name), join(staging, name))
    }
    await spoil(staging)
    const { stderr } = await installation.restic('backup', '--host', 'test', ...options, staging, installation.dataDir)
    expect(stderr).toBe('')
    for (const name of await readdir(staging)) await rm(join(staging, name))
  }

  test('of a snapshot whose dump was cut fails', async () => {
    await spoiledSnapshot(async (staging) => {
      const path = join(staging, 'ccnet_db.sql')
      await writeFile(path, (await readFile(path)).subarray(0, 3000))
    })
    const { exitCode, stderr } = await installation.run('drill', '--json')
    expect(exitCode).toBe(1)
    expect(errorOf(stderr).message).toContain('The dump of ccnet_db in this snapshot is not what was saved')
    expect(await traces(server.sql, installation)).toEqual(none)
  })

  test('of a snapshot whose row was changed fails', async () => {
    await spoiledSnapshot(async (staging) => {
      const path = join(staging, 'ccnet_db.sql')
      const text = await readFile(path, 'latin1')
      await writeFile(
        path,
        text.replace('INSERT INTO `EmailUser` VALUES\n(1,', 'INSERT INTO `EmailUser` VALUES\n(9,'),
        'latin1',
      )
    })
    const { exitCode, stderr } = await installation.run('drill', '--json')
    expect(exitCode).toBe(1)
    expect(errorOf(stderr).message).toMatch(/dump of ccnet_db .* SHA-256/)
  })

  test('of a snapshot that lacks a directory of its manifest fails, and a restore of it refuses before it stops anything', async () => {
    const lost = join(installation.dataDir, 'storage-data')
    await spoiledSnapshot(async () => {}, '--exclude', lost)
    const drilled = await installation.run('drill', '--json')
    expect(drilled.exitCode, drilled.stderr).toBe(1)
    expect(JSON.parse(drilled.stdout)).toMatchObject({ ok: false, incomplete: [`${lost} is not in the snapshot`] })
    expect((await installation.run('drill')).stdout).toContain(`  ${lost} is not in the snapshot\n`)
    expect(await traces(server.sql, installation)).toEqual(none)

    const stopped = join(site.folder, 'stopped')
    await installation.set({
      SEATABLE_RESTIC_STOP_COMMAND: `touch ${stopped}`,
      SEATABLE_RESTIC_START_COMMAND: 'true',
    })
    const before = await captureState(server.sql, installation.dataDir)
    for (const how of [[], ['--in-place'], ['--target', join(site.folder, 'target')]]) {
      const { exitCode, stderr } = await installation.run('restore', 'latest', '--yes', '--json', ...how)
      expect(exitCode).toBe(1)
      expect(errorOf(stderr).message).toContain(lost)
    }
    await expect(readFile(stopped)).rejects.toThrow('ENOENT')
    expect(diffStates(before, await captureState(server.sql, installation.dataDir))).toEqual([])
    await installation.set({ SEATABLE_RESTIC_STOP_COMMAND: null, SEATABLE_RESTIC_START_COMMAND: null })
  })

  /** What else its manifest says, and nothing else is changed. */
  const snapshotThatSays = (change: (manifest: Manifest) => void) =>
    spoiledSnapshot(async (staging) => {
      const path = join(staging, 'manifest.json')
      const manifest = JSON.parse(await readFile(path, 'utf8'))
      change(manifest)
      await writeFile(path, JSON.stringify(manifest))
    })

  test('of a snapshot of the other kind of server is refused before anything is fetched, by the names of both', async () => {
    await snapshotThatSays(({ server }) => {
      server.version = '9.7.4'
    })
    const { exitCode, stderr } = await installation.run('drill', '--json')
    expect([exitCode, errorOf(stderr)]).toMatchObject([
      2,
      {
        message: expect.stringMatching(/^The snapshot is of MySQL 9\.7\.4, and this server is MariaDB \d/),
        hint: 'Nothing was touched. Drill where a server of the same kind runs.',
      },
    ])
    expect(stderr).not.toMatch(/Fetching/)
    expect(await traces(server.sql, installation)).toEqual(none)
    const refused = async (...how: string[]) =>
      (await installation.json<{ refused: object[] }>('restore', '--dry-run', ...how)).refused
    expect(await refused()).toMatchObject([{ hint: expect.stringContaining('--other-version') }])
    expect(await refused('--other-version')).toEqual([])
  })

  test('of a row that the server does not take for its size is refused before anything is fetched', async () => {
    await snapshotThatSays(({ databases: [database] }) => {
      if (database) database.largestStatement = 2 ** 31
    })
    const { exitCode, stderr } = await installation.run('drill', '--json')
    expect([exitCode, errorOf(stderr).message]).toEqual([
      1,
      expect.stringMatching(/row of 2049 MiB.*max_allowed_packet/),
    ])
    expect(stderr).not.toMatch(/Fetching/)
    expect(await traces(server.sql, installation)).toEqual(none)
  })

  test('of a repository with a damaged pack fails', async () => {
    await installation.json('backup')
    const packs = join(installation.dir, 'repository', 'data')
    for (const folderName of await readdir(packs)) {
      for (const pack of await readdir(join(packs, folderName))) {
        const path = join(packs, folderName, pack)
        const bytes = await readFile(path)
        bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff
        await rm(path)
        await writeFile(path, bytes)
      }
    }
    const { exitCode } = await installation.run('drill')
    expect(exitCode).toBe(1)
    expect(await traces(server.sql, installation)).toEqual(none)
  })
})

await describeWith(['docker', 'restic'], 'an isolated drill', () => {
  let container: DatabaseContainer
  let installation: TestInstallation

  beforeAll(async () => {
    container = await startDatabaseContainer({ rootPassword: 'p w*d"$' })
    installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name } })
    await fill(container.sql, installation)
  })

  afterAll(async () => {
    await container.remove()
    await rm(installation.dir, { recursive: true, force: true })
  })

  test('proves the snapshot in a server of its own, which is gone afterwards', async () => {
    const { ok } = await installation.json<Drill>('drill', '--isolated')
    expect(ok).toBe(true)
    expect(await traces(container.sql, installation)).toEqual(none)
    const { stdout } = await execa('docker', ['ps', '--all', '--format', '{{.Names}}'])
    expect(stdout).not.toContain('seatable-restic-drill-')
  })
})
