import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { UserError } from '../../../src/errors.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { newPassword } from '../../../src/mysql/load/loader-password.ts'
import { createLoader, dropLoaders, proveLoader } from '../../../src/mysql/load/loading-user.ts'
import { askLoadingServer, refuseLoad } from '../../../src/mysql/server/loading-server.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'
import { until } from '../../fixture/until.ts'

const utf8 = { characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci' }

test('every password has what any policy asks for, no two letters side by side, and is another', () => {
  const passwords = Array.from({ length: 500 }, newPassword)
  expect(new Set(passwords).size).toBe(500)
  for (const password of passwords) {
    expect(password).toHaveLength(64)
    for (const kind of [/[A-Z]/g, /[a-z]/g, /\d/g, /[^A-Za-z\d]/g]) expect(password.match(kind)).toHaveLength(16)
    expect(password).not.toMatch(/[A-Za-z]{2}|['"\\`#\s]/)
  }
})

await describeWith('mariadb', 'the user that loads', () => {
  let server: MariaDB
  let folder: string
  let client: Client

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-loader-'))
    server = await startMariaDB({
      dir: join(folder, 'db'),
      extraArgs: ['--plugin-maturity=unknown', '--max-user-connections=1'],
    })
    const address = { host: null, port: null, socket: server.socket }
    client = await openClient(hostEngine(address, { PATH: process.env.PATH ?? '' }, folder), {
      user: 'root',
      password: null,
    })
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** What is set in a test, back to what it was. */
  const undo: string[] = []
  const change = async (statement: string, back: string) => {
    undo.unshift(back)
    await server.sql(statement)
  }
  const set = async (variable: string, value: string) => {
    const [[before = ''] = []] = await server.sql(`SELECT @@GLOBAL.${variable}`)
    await change(
      `SET GLOBAL ${variable} = ${value}`,
      `SET GLOBAL ${variable} = ${/^-?\d+$/.test(before) ? before : `'${before}'`}`,
    )
  }
  afterEach(async () => {
    for (const statement of undo.splice(0)) await server.sql(statement)
    expect(await traces()).toEqual([])
  })

  /** Users, databases and sessions of ours. */
  const traces = () =>
    server.sql(
      [
        "SELECT User FROM mysql.user WHERE User LIKE 'seatable%'",
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'seatable%' OR SCHEMA_NAME LIKE '%aside'",
        "SELECT Db FROM mysql.db WHERE Db LIKE '%seatable%' OR Db LIKE '%aside%'",
      ].join('; '),
    )
  const refusal = async () => {
    const error = await proveLoader(client).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(UserError)
    return (error as UserError).message
  }
  const refusedByAsking = async () => refuseLoad(await askLoadingServer(client))

  test('is made, let in, and leaves nothing behind', () => proveLoader(client))

  test.each([
    ['simple_password_check', ['minimal_length = 20', 'digits = 3', 'letters_same_case = 3', 'other_characters = 3']],
    ['password_reuse_check', []],
  ])('has a password that %s takes', async (plugin, settings) => {
    await change(`INSTALL SONAME '${plugin}'`, `UNINSTALL SONAME '${plugin}'`)
    for (const setting of settings) await server.sql(`SET GLOBAL ${plugin}_${setting}`)
    await set('strict_password_validation', 'ON')
    await proveLoader(client)
  })

  test('is refused by a policy that asks for more than it has, which is named', async () => {
    await change("INSTALL SONAME 'simple_password_check'", "UNINSTALL SONAME 'simple_password_check'")
    await server.sql('SET GLOBAL simple_password_check_minimal_length = 100')
    expect(await refusal()).toMatch(/simple_password_check_minimal_length is 100/)
    await server.sql('SET GLOBAL simple_password_check_minimal_length = 8')
  })

  test.each([['read_only', 'ON', /read_only is ON: only administrators may write/]])(
    'is refused by name, and by asking alone, while %s is %s',
    async (variable, value, message) => {
      await set(variable, value)
      expect(await refusal()).toMatch(message)
      await expect(refusedByAsking()).rejects.toThrow(message)
    },
  )

  test.each([
    ['max_user_connections', '-1'],
    ['old_passwords', '1'],
    ['sql_mode', "'ANSI,NO_BACKSLASH_ESCAPES,NO_AUTO_CREATE_USER,STRICT_ALL_TABLES'"],
    ['default_password_lifetime', '1'],
    ['autocommit', '0'],
    ['default_storage_engine', 'MyISAM'],
  ])('comes in and loads while %s is %s', async (variable, value) => {
    await set(variable, value)
    await proveLoader(client)
  })

  test.each([
    ['enforce_storage_engine', 'MyISAM'],
    ['enforce_storage_engine', 'Aria'],
  ])('is refused by name while %s is %s', async (variable, value) => {
    await change(`SET GLOBAL ${variable} = ${value}`, `SET GLOBAL ${variable} = NULL`)
    expect(await refusal()).toMatch(new RegExp(`takes no InnoDB tables, because ${variable} is ${value}`))
  })

  test('is refused by name while init_connect, which it has to run, fails', async () => {
    await set('init_connect', "'INSERT INTO nowhere.logins VALUES (1)'")
    expect(await refusal()).toMatch(/init_connect is set, which that user has to run/)
  })

  test('is refused by name while the server has no session to spare', async () => {
    await set('max_connections', '10')
    const idle = Array.from({ length: 10 }, () => server.sql('DO SLEEP(600)').catch(() => {}))
    const ids = async () =>
      (await server.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = 'DO SLEEP(600)'")).flat()
    // An administrator gets one more.
    await until('no session is left for others', async () => (await ids()).length === 10)
    expect(await refusal()).toMatch(/all of its max_connections \(10\) are taken/)
    for (const id of await ids()) await server.sql(`KILL ${id}`)
    await Promise.all(idle)
  })

  test('may do nothing beyond the databases that it fills, nor in one whose name differs by a wildcard', async () => {
    await server.sql('CREATE DATABASE dtableXdb__aside; CREATE TABLE dtableXdb__aside.t (a int)')
    const loader = await createLoader(client, [{ into: 'dtable_db__aside', ...utf8 }])
    await loader.client.query('CREATE TABLE dtable_db__aside.t (a int)')
    await expect(loader.client.query('SELECT * FROM dtableXdb__aside.t')).rejects.toThrow(/denied/)
    await expect(loader.client.query('SELECT * FROM mysql.user')).rejects.toThrow(/denied/)
    await loader.drop()
    await server.sql('DROP DATABASE dtableXdb__aside; DROP DATABASE dtable_db__aside')
  })

  test('is the one that comes in although an anonymous user could, from the same host', async () => {
    await change("CREATE USER ''@'localhost'", "DROP USER ''@'localhost'")
    await proveLoader(client)
  })

  test('goes with all it has when a run was killed in the middle', async () => {
    await createLoader(client, [{ into: 'seatable_restic_proof_0123abcd', ...utf8 }])
    expect(await traces()).not.toEqual([])
    await server.sql('CREATE DATABASE seatable_restic_proof_mine')
    await dropLoaders(client)
    expect(await traces()).toEqual([['seatable_restic_proof_mine']])
    await server.sql('DROP DATABASE seatable_restic_proof_mine')
    await server.sql("DELETE FROM mysql.db WHERE Db LIKE '%seatable%'")
  })
})
