import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { fixedVariables } from '../../../src/mysql/client/fixed-variables.ts'
import { dumpVariables } from '../../../src/mysql/server/dump-variables.ts'
import { harmlessNames } from '../../../src/mysql/server/harmless-variables.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'

/** What a stranger may have made of the variables that we fix, where the server takes it. */
const hostile: Readonly<Record<string, string>> = {
  autocommit: '0',
  sql_mode: "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'",
  character_set_client: 'latin1',
  character_set_results: 'latin1',
  collation_connection: 'latin1_bin',
  sql_select_limit: '1',
  max_join_size: '1',
  sql_safe_updates: '1',
  sql_auto_is_null: '1',
  sql_quote_show_create: '0',
  sql_buffer_result: '1',
  foreign_key_checks: '0',
  unique_checks: '0',
  group_concat_max_len: '4',
  time_zone: "'-11:00'",
  lc_messages: "'de_DE'",
  lc_time_names: "'de_DE'",
  default_week_format: '7',
  div_precision_increment: '0',
  completion_type: "'CHAIN'",
  max_sort_length: '64',
  sort_buffer_size: '1024',
  net_read_timeout: '1',
  net_write_timeout: '1',
  wait_timeout: '1',
  interactive_timeout: '1',
  lock_wait_timeout: '86400',
  innodb_lock_wait_timeout: '1',
  default_storage_engine: "'MEMORY'",
  tx_isolation: "'READ-UNCOMMITTED'",
  tx_read_only: '1',
  max_statement_time: '0.000001',
  idle_transaction_timeout: '1',
  system_versioning_asof: "'2000-01-01 00:00:00'",
  default_regex_flags: "'EXTENDED'",
  sql_if_exists: '1',
  old_mode: "''",
  alter_algorithm: "'INSTANT'",
  innodb_strict_mode: '1',
  explicit_defaults_for_timestamp: '0',
  check_constraint_checks: '1',
  innodb_compression_default: '1',
}

await describeWith('mariadb', 'a session of ours', () => {
  let server: MariaDB
  let client: Client
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-session-'))
    server = await startMariaDB({ dir: join(folder, 'db') })
    const settings = Object.entries(hostile).map(([name, value]) => `SET GLOBAL ${name} = ${value};`)
    await server.sql(`${settings.join('\n')}\nCREATE USER few@localhost;`)
    const address = { host: null, port: null, socket: server.socket }
    const engine = hostEngine(address, { PATH: process.env.PATH ?? '' }, folder)
    client = await openClient(engine, { user: 'root', password: null })
  })

  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test.each([
    ['read', 'root'],
    ['load', 'root'],
    ['read', 'few'],
    ['load', 'few'],
  ] as const)('to %s as %s is the same whatever the server has for all', async (purpose, user) => {
    const session = client.as({ user, password: null }).beginning({ purpose, mayRestricted: user === 'root' })

    const found = new Map(
      (await session.query('SHOW SESSION VARIABLES')).map(([name = '', value = '']) => [name, value]),
    )

    const last = new Map(
      fixedVariables
        .filter(({ mariadb, loadOnly }) => mariadb !== null && mariadb < 101_100 && (purpose === 'load' || !loadOnly))
        .filter(({ restricted }) => user === 'root' || !restricted?.includes('mariadb'))
        .map(({ name, literal }) => [name, literal]),
    )
    for (const [name, literal] of last) {
      expect(`${name} = ${found.get(name)}`).toBe(`${name} = ${shown[`${name} ${literal}`] ?? unquoted(literal)}`)
    }
    expect(found.get('lock_wait_timeout')).toBe('5')
    expect(found.get('tx_isolation')).toBe('REPEATABLE-READ')
    expect(found.get('tx_read_only')).toBe('OFF')
  })

  test('knows every variable of the server: it is fixed, refused or harmless', async () => {
    const names = await client.query(
      "SELECT LOWER(VARIABLE_NAME) FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_SCOPE <> 'GLOBAL' ORDER BY 1",
    )
    const judged = new Set([
      ...fixedVariables.map(({ name }) => name),
      // By the statement that every session begins with.
      ...['lock_wait_timeout', 'tx_isolation', 'tx_read_only', 'transaction_isolation', 'transaction_read_only'],
      ...dumpVariables.map(({ name }) => name),
      ...harmlessNames(),
    ])
    expect(names.length).toBeGreaterThan(100)
    expect(names.flat().filter((name) => !judged.has(name))).toEqual([])
  })

  test('calls no variable harmless that it fixes or refuses', () => {
    const others = [...fixedVariables, ...dumpVariables].map(({ name }) => name)
    expect(others.filter((name) => harmlessNames().has(name))).toEqual([])
  })

  test('reads definitions with backticks, and whole answers', async () => {
    await client.query(
      'CREATE DATABASE IF NOT EXISTS some; CREATE TABLE some.t (a int); INSERT INTO some.t VALUES (1), (2)',
    )

    expect((await client.query('SHOW CREATE TABLE some.t'))[0]?.[1]).toMatch(/^CREATE TABLE `t` \(\n {2}`a` int/)
    expect(await client.query('SELECT a FROM some.t ORDER BY a')).toEqual([['1'], ['2']])
  })
})

const unquoted = (literal: string): string => /^'(.*)'$/.exec(literal)?.[1] ?? literal

/** What the server shows in other words than it was told. */
const shown: Readonly<Record<string, string>> = {
  'autocommit 1': 'ON',
  'sql_big_selects 1': 'ON',
  'sql_safe_updates 0': 'OFF',
  'sql_auto_is_null 0': 'OFF',
  'sql_quote_show_create 1': 'ON',
  'sql_buffer_result 0': 'OFF',
  'foreign_key_checks 1': 'ON',
  'unique_checks 1': 'ON',
  'completion_type 0': 'NO_CHAIN',
  'keep_files_on_create 0': 'OFF',
  'sql_if_exists 0': 'OFF',
  'max_statement_time 0': '0.000000',
  'innodb_strict_mode 0': 'OFF',
  'explicit_defaults_for_timestamp 1': 'ON',
  'enforce_storage_engine NULL': '',
  'check_constraint_checks 0': 'OFF',
  'innodb_compression_default 0': 'OFF',
}
