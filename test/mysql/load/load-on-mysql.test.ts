import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { containerEngine } from '../../../src/engines/container-engine.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { dumpDatabases, partialName } from '../../../src/mysql/dump/dump.ts'
import { verifyDump } from '../../../src/mysql/dump/verify.ts'
import type { DumpedDatabase } from '../../../src/mysql/dump/writer.ts'
import { type DumpToLoad, dropLoaders, loadDumps } from '../../../src/mysql/load/load.ts'
import { proveLoader } from '../../../src/mysql/load/loading-user.ts'
import { type LoadSizes, usualSizes } from '../../../src/mysql/load/plan.ts'
import { takeInventory } from '../../../src/mysql/server/inventory.ts'
import { type DatabaseContainer, startDatabaseContainer } from '../../environment/container.ts'
import { ensureImage } from '../../environment/image.ts'
import { describeWith } from '../../environment/requirements.ts'

const byMany: LoadSizes = { parallelFrom: 0, deferIndexesFrom: 0, partFrom: 0, clientFrom: 1 }

/** Tables that MySQL takes under the settings of their time only. */
const old = `
SET sql_require_primary_key = 0, innodb_strict_mode = 0, sql_mode = 'ALLOW_INVALID_DATES';
CREATE TABLE keyless (a int, b text); INSERT INTO keyless VALUES (1, NULL), (1, NULL);
CREATE TABLE dates (id int PRIMARY KEY, d date NOT NULL DEFAULT '2021-02-31', z datetime NOT NULL DEFAULT '0000-00-00 00:00:00');
INSERT INTO dates VALUES (0, '2021-02-31', '2020-00-00 00:00:00'), (1, '0000-00-00', '2021-11-31 10:00:00');
CREATE TABLE keys_cut (a varchar(1000), KEY a (a(250))) ENGINE=MyISAM CHARSET=utf8mb4; INSERT INTO keys_cut VALUES ('a');
SET sql_mode = '', explicit_defaults_for_timestamp = 0;
CREATE TABLE stamps (id int PRIMARY KEY, a timestamp, b timestamp); INSERT INTO stamps VALUES (1, '2020-01-01 00:00:00', 0);
`

await describeWith(['docker', 'mysql 9.7'], 'a load into MySQL 9.7', () => {
  let container: DatabaseContainer
  let client: Client
  let folder: string
  let dump: DumpToLoad & DumpedDatabase

  const clientFor = (user: string, password: string | null) =>
    openClient(containerEngine('docker', container.name, { PATH: process.env.PATH ?? '' }), { user, password })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-load-on-mysql-'))
    await ensureImage('docker', 'mysql-9.7')
    container = await startDatabaseContainer({ server: 'mysql-9.7' })
    client = await clientFor('root', null)
    await container.sql('CREATE DATABASE db')
    await container.sql(old, 'db')
    await mkdir(join(folder, 'dumps'))
    const dumped = await read('db', join(folder, 'dumps'))
    const path = join(folder, 'dumps', partialName('db'))
    const utf8 = { characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci' }
    dump = { ...dumped, into: 'db__aside', path, outline: await verifyDump(path, dumped), ...utf8 }
  })

  afterAll(async () => {
    await container.remove()
    await rm(folder, { recursive: true, force: true })
  })

  let undo = ''
  const set = (settings: string, back: string) => {
    undo = back
    return container.sql(settings)
  }
  afterEach(async () => {
    if (undo !== '') await container.sql(undo)
    undo = ''
    await dropLoaders(client, ['db__aside'])
    expect(await container.sql("SELECT User FROM mysql.user WHERE User LIKE 'seatable%'")).toEqual([])
    expect(await container.sql("SHOW DATABASES LIKE 'seatable%'")).toEqual([])
  })

  const read = async (name: string, directory: string | null): Promise<DumpedDatabase> => {
    const inventory = await takeInventory(client, [name])
    const { databases } = await dumpDatabases(client, inventory, directory, { now: () => new Date() })
    return databases[0] as DumpedDatabase
  }
  const proofOf = ({ tables }: DumpedDatabase) =>
    tables.map(({ name, rows, sha256, definition }) => [name, rows, sha256, definition])

  test.each([
    ['by one client', usualSizes],
    ['by many clients', byMany],
  ])('brings what is older than the settings of today as it is, %s', async (_, sizes) => {
    await set(
      "SET GLOBAL sql_require_primary_key = 1; SET GLOBAL sql_generate_invisible_primary_key = 1; SET GLOBAL sql_mode = 'TRADITIONAL,ANSI'; SET GLOBAL partial_revokes = ON",
      'SET GLOBAL sql_require_primary_key = 0; SET GLOBAL sql_generate_invisible_primary_key = 0; SET GLOBAL sql_mode = DEFAULT; SET GLOBAL partial_revokes = OFF',
    )
    await loadDumps(client, [dump], { sizes })
    expect(proofOf(await read('db__aside', null))).toEqual(proofOf(dump))
  })

  test.each([
    ['by one client', usualSizes],
    ['by many clients', byMany],
  ])('fails with the name of the table whose key would be cut, %s', async (_, sizes) => {
    const bytes = await readFile(dump.path)
    const before = bytes.subarray(0, dump.objectsOffset).toString('latin1')
    const tables = Buffer.from(before.replace('`a`(250)', '`a`'), 'latin1')
    const whole = Buffer.concat([tables, bytes.subarray(dump.objectsOffset)])
    const path = join(folder, 'forged.sql')
    await writeFile(path, whole)
    const sha256 = createHash('sha256').update(whole).digest('hex')
    const forged = { ...dump, path, bytes: whole.length, sha256, objectsOffset: tables.length }
    const outline = await verifyDump(path, forged)
    await expect(loadDumps(client, [{ ...forged, outline }], { sizes })).rejects.toThrow(
      /Loading db aside, table keys_cut: .*key was too long/,
    )
  })

  test.each([
    [
      'a strong password policy',
      "INSTALL COMPONENT 'file://component_validate_password'; SET GLOBAL validate_password.policy = STRONG; SET GLOBAL validate_password.length = 40; SET GLOBAL validate_password.special_char_count = 8",
      "UNINSTALL COMPONENT 'file://component_validate_password'",
    ],
    ['partial revokes', 'SET GLOBAL partial_revokes = ON', 'SET GLOBAL partial_revokes = OFF'],
    ['one session for each user', 'SET GLOBAL max_user_connections = 1', 'SET GLOBAL max_user_connections = 0'],
    ['required TLS', 'SET GLOBAL require_secure_transport = ON', 'SET GLOBAL require_secure_transport = OFF'],
  ])('can be tried out under %s', async (_, settings, back) => {
    await set(settings, back)
    await proveLoader(client)
  })

  test.each([
    ['super_read_only', 'SET GLOBAL super_read_only = ON', /super_read_only is ON/],
    ['offline_mode', 'SET GLOBAL offline_mode = ON', /offline_mode is ON/],
    ['init_connect', "SET GLOBAL init_connect = 'INSERT INTO nowhere.logins VALUES (1)'", /init_connect is set/],
  ])('is refused by name under %s, before anything is loaded', async (variable, setting, message) => {
    const off = variable === 'init_connect' ? "''" : 'OFF'
    await set(
      setting,
      `SET GLOBAL ${variable} = ${off}${variable === 'super_read_only' ? '; SET GLOBAL read_only = OFF' : ''}`,
    )
    await expect(proveLoader(client)).rejects.toThrow(message)
  })

  test('is refused by name to a user who may make none with one factor where two are required', async () => {
    await container.sql(
      "CREATE USER weak@localhost IDENTIFIED BY 'weak'; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES, CREATE USER ON *.* TO weak@localhost WITH GRANT OPTION",
    )
    const weak = await clientFor('weak', 'weak')
    await proveLoader(weak)
    await set(
      "SET GLOBAL authentication_policy = '*,*'",
      "SET GLOBAL authentication_policy = '*,,'; DROP USER weak@localhost",
    )
    await expect(proveLoader(weak)).rejects.toThrow(/authentication_policy is \*,\*/)
  })
})
