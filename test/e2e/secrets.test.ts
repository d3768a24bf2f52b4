import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import {
  createInstallation,
  type ProgramEnd,
  repositoryPassword,
  type TestInstallation,
} from '../environment/installation.ts'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { type Findings, startWatcher } from '../environment/watcher.ts'
import { createSchema } from '../fixture/schema.ts'
import type { Sql } from '../fixture/sql.ts'

const databasePassword = 'database-secret-5b1f'
const rowSecret = 'PBKDF2SHA256$10000$row-secret-77aa'

/** What nobody else may see; the loading user's password is new each time, the words before it are not. */
const secrets = [repositoryPassword, databasePassword, rowSecret, 'CREATE USER']

describe('the watcher of these tests', () => {
  test('sees the command line of a process that lives for a twentieth of a second', async () => {
    const watcher = await startWatcher({ secrets: ['decoy-marker'], folders: [] })
    await promisify(execFile)('sh', ['-c', 'sleep 0.05; :', 'decoy-marker'])
    expect((await watcher.stop()).found).toEqual([expect.stringMatching(/decoy-marker in a command line: sh -c/)])
  })

  test('sees a dump and a secret that others can read, and none that they cannot', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-decoy-'))
    await mkdir(join(dir, 'below'))
    await writeFile(join(dir, 'below', 'a.sql.partial'), '')
    await chmod(join(dir, 'below', 'a.sql.partial'), 0o640)
    await writeFile(join(dir, 'client.cnf'), 'password="decoy-marker"')
    await chmod(join(dir, 'client.cnf'), 0o604)
    await writeFile(join(dir, 'private'), 'decoy-marker', { mode: 0o600 })
    const watcher = await startWatcher({ secrets: ['decoy-marker'], folders: [dir] })
    const { found, privateFiles } = await watcher.stop()
    expect([...found].sort()).toEqual([
      expect.stringMatching(/a\.sql\.partial can be read by others \(640\)/),
      expect.stringMatching(/client\.cnf can be read by others \(604\)/),
    ])
    expect(privateFiles).toBe(1)
    await rm(dir, { recursive: true })
  })
})

const addRows = async (sql: Sql): Promise<void> => {
  const rows = Array.from({ length: 2000 }, (_, i) => `('u${i}@example.com', '${rowSecret}', 0, 1, ${i})`)
  await sql(`INSERT INTO EmailUser (email, passwd, is_staff, is_active, ctime) VALUES ${rows.join(',')}`, 'ccnet_db')
}

interface Prepared {
  readonly installation: TestInstallation
  readonly sql: Sql
  /** Settings with a wrong password of the database. */
  readonly wrong: Readonly<Record<string, string | null>>
}

const watchedRuns = (prepare: () => Promise<Prepared>, { damages = true } = {}) => {
  let installation: TestInstallation
  let prepared: Prepared
  let tmp: string
  let snapshot: string

  beforeAll(async () => {
    prepared = await prepare()
    ;({ installation } = prepared)
    tmp = join(installation.dir, 'tmp')
    await mkdir(tmp, { mode: 0o755 })
    await createSchema(prepared.sql)
    await addRows(prepared.sql)
    for (const name of ['seafile-data', 'seahub-data', 'storage-data']) {
      await mkdir(join(installation.dataDir, name))
      await writeFile(join(installation.dataDir, name, 'file'), name)
    }
  })

  afterAll(() => rm(installation.dir, { recursive: true, force: true }))

  /** Runs under watch; what the program makes in the folder for temporary files is seen too. */
  const watched = async (...args: string[]): Promise<ProgramEnd & { findings: Findings }> => {
    const watcher = await startWatcher({ secrets, folders: [installation.stateDir, tmp] })
    const end = await installation.within({ TMPDIR: tmp }).run(...args)
    return { ...end, findings: await watcher.stop() }
  }

  const expectSilence = ({ stdout, stderr, findings }: ProgramEnd & { findings: Findings }): void => {
    expect(findings.found).toEqual([])
    for (const secret of secrets) {
      expect(stdout).not.toContain(secret)
      expect(stderr).not.toContain(secret)
    }
  }

  test('a backup shows no secret', async () => {
    await installation.createRepository()
    const end = await watched('backup', '--verbose', '--json')
    expect(end.exitCode).toBe(0)
    expectSilence(end)
    expect(end.findings.privateFiles).toBeGreaterThanOrEqual(3)
    ;({ snapshot } = JSON.parse(end.stdout))
    expect(await readdir(tmp)).toEqual([])
  })

  test('setup shows no secret, and neither does what it proves', async () => {
    const end = await watched('setup', '--yes', '--without-schedule', '--verbose')
    expect(end.stderr).toMatch(/stays as it is.*\$ seatable-restic doctor/s)
    expectSilence(end)
    expect(await readdir(tmp)).toEqual([])
  })

  test('doctor shows no secret, however much it tells', async () => {
    const end = await watched('doctor', '--verbose')
    expect(end.stdout).toMatch(/privileges\n/)
    expectSilence(end)
    expect(await readdir(tmp)).toEqual([])
  })

  test('a restore shows no secret', async () => {
    const end = await watched('restore', snapshot, '--yes', '--verbose')
    expect(end.exitCode).toBe(0)
    expectSilence(end)
    expect(end.findings.privateFiles).toBeGreaterThanOrEqual(3)
    expect(await readdir(tmp)).toEqual([])
    await installation.json('drop-previous', '--yes')
  })

  test('a restore into a folder shows no secret, and what lies there is private', async () => {
    const target = join(tmp, 'target')
    const end = await watched('restore', snapshot, '--target', target, '--verbose')
    expect(end.exitCode).toBe(0)
    expectSilence(end)
    expect(end.findings.privateFiles).toBeGreaterThanOrEqual(3)
    await rm(target, { recursive: true })
  })

  test('a wrong password of the database is not repeated', async () => {
    await installation.set(prepared.wrong)
    const end = await watched('backup', '--verbose')
    await installation.set(Object.fromEntries(Object.keys(prepared.wrong).map((name) => [name, right[name] ?? null])))
    expect(end.exitCode).toBe(2)
    expect(end.stderr).toMatch(/refused the user or password/)
    expect(end.stderr).not.toContain('wrong-secret')
    expectSilence(end)
  })

  test('the history of all these runs shows no secret', async () => {
    const history = await readFile(join(installation.stateDir, 'history.jsonl'), 'utf8')
    const exitCodes = history.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).exitCode]))
    expect(exitCodes).toEqual(expect.arrayContaining([0, 2]))
    for (const secret of [...secrets, 'wrong-secret']) expect(history).not.toContain(secret)
  })

  const right: Record<string, string> = {}
  beforeAll(async () => {
    for (const [, name = '', value = ''] of (await readFile(installation.envFile, 'utf8')).matchAll(
      /^(\w+)='(.*)'$/gm,
    )) {
      right[name] = value
    }
  })

  // How a failing load is told does not depend on where its password came from.
  if (!damages) return

  test('a dump with a syntax error is refused without the rows beside it', async () => {
    const damaged = await saveDamaged(installation, snapshot, (sql) =>
      // What stands near an error is quoted by the server, here with words that errors are known by.
      sql.replace(
        'CREATE TABLE `EmailUser` (',
        `CREATE TABLE \`EmailUser\` (,'${rowSecret}\n${rowSecret} failed error denied\n${rowSecret}',`,
      ),
    )
    const end = await watched('restore', damaged, '--yes', '--verbose')
    expect(end.exitCode).toBe(1)
    expect(end.stderr).toMatch(/Loading ccnet_db aside.*(1064|syntax)/)
    expectSilence(end)
  })

  test('a dump with a value that the server refuses is refused without the value', async () => {
    const damaged = await saveDamaged(installation, snapshot, (sql) =>
      sql.replace(/(`passwd` varchar\(\d+\))([^;]*? ENGINE=)InnoDB/, '$1 UNIQUE$2MyISAM'),
    )
    const end = await watched('restore', damaged, '--yes', '--verbose')
    expect(end.exitCode).toBe(1)
    expect(end.stderr).toMatch(/Loading ccnet_db aside.*Duplicate entry '…'/)
    expectSilence(end)
  })
}

/** Makes a snapshot whose dump of `ccnet_db` is damaged, and whose manifest says that it is as it should be. */
const saveDamaged = async (
  installation: TestInstallation,
  snapshot: string,
  damage: (sql: string) => string,
): Promise<string> => {
  const target = join(installation.dir, 'to-damage')
  await installation.json('restore', snapshot, '--target', target)
  const sql = await readFile(join(target, 'ccnet_db.sql'), 'utf8')
  const damaged = damage(sql)
  expect(damaged).not.toBe(sql)
  const manifest = JSON.parse(await readFile(join(target, 'manifest.json'), 'utf8'))
  const described = manifest.databases.find(({ name }: { name: string }) => name === 'ccnet_db')
  described.bytes = Buffer.byteLength(damaged)
  described.objectsOffset += described.bytes - Buffer.byteLength(sql)
  described.sha256 = createHash('sha256').update(damaged).digest('hex')
  const staging = join(installation.stateDir, 'staging')
  for (const { file } of manifest.databases) await cp(join(target, file), join(staging, file))
  await writeFile(join(staging, 'ccnet_db.sql'), damaged, { mode: 0o600 })
  await writeFile(join(staging, 'manifest.json'), JSON.stringify(manifest), { mode: 0o600 })
  const folders = manifest.dataPaths.map(({ path }: { path: string }) => path)
  const { exitCode, stdout, stderr } = await installation.restic('backup', '--json', staging, ...folders)
  if (exitCode !== 0) throw new Error(stderr)
  for (const name of await readdir(staging)) await rm(join(staging, name))
  await rm(target, { recursive: true })
  const summary = stdout.split('\n').find((line) => line.includes('"snapshot_id"')) ?? '{}'
  return JSON.parse(summary).snapshot_id
}

await describeWith(['docker', 'restic', 'root'], 'with docker and the container’s own password', () => {
  let container: DatabaseContainer
  watchedRuns(async () => {
    container = await startDatabaseContainer({ rootPassword: databasePassword })
    const installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name } })
    return { installation, sql: container.sql, wrong: { SEATABLE_RESTIC_DB_PASSWORD: 'wrong-secret' } }
  })
  afterAll(() => container.remove())
})

await describeWith(['docker', 'restic', 'root'], 'with docker and a password in the env file', () => {
  let container: DatabaseContainer
  watchedRuns(
    async () => {
      container = await startDatabaseContainer({ rootPassword: databasePassword })
      const settings = {
        SEATABLE_RESTIC_DB_CONTAINER: container.name,
        SEATABLE_RESTIC_DB_PASSWORD: databasePassword,
      }
      const installation = await createInstallation({ settings })
      return { installation, sql: container.sql, wrong: { SEATABLE_RESTIC_DB_PASSWORD: 'wrong-secret' } }
    },
    { damages: false },
  )
  afterAll(() => container.remove())
})

await describeWith(['mariadb', 'restic', 'root'], 'without a container and with a password file', () => {
  let server: MariaDB
  watchedRuns(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-secrets-'))
    server = await startMariaDB({ dir: join(dir, 'db'), password: databasePassword })
    const installation = await createInstallation({
      dir,
      settings: {
        SEATABLE_RESTIC_ENGINE: 'none',
        SEATABLE_RESTIC_DB_SOCKET: server.socket,
        SEATABLE_RESTIC_DB_PASSWORD_FILE: join(dir, 'password'),
      },
    })
    await writeFile(join(dir, 'password'), `${databasePassword}\n`, { mode: 0o600 })
    await writeFile(join(dir, 'wrong-password'), 'wrong-secret\n', { mode: 0o600 })
    const wrong = { SEATABLE_RESTIC_DB_PASSWORD_FILE: join(dir, 'wrong-password') }
    return { installation, sql: server.sql, wrong }
  })
  afterAll(() => server.stop())
})
