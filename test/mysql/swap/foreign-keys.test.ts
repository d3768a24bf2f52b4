import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import {
  addForeignKeys,
  addition,
  dropForeignKeys,
  removal,
  strayForeignKeys,
} from '../../../src/mysql/swap/foreign-keys.ts'
import { foreignKeysInto } from '../../../src/mysql/swap/foreign-keys-into.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'

const actions = ['', 'RESTRICT', 'NO ACTION', 'CASCADE', 'SET NULL']
const rules = actions.flatMap((onDelete) => actions.map((onUpdate) => ({ onDelete, onUpdate })))
const clause = (event: string, action: string) => (action === '' ? '' : ` ON ${event} ${action}`)

// A name as long as the server takes, and letters that it writes by five characters in the names of files.
const names = ['child', 'ch`ild "2"', 'a/b.c#d@e – ü', '漢'.repeat(40), 'x'.repeat(64)]
const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``

await describeWith('mariadb', 'foreign keys', () => {
  let server: MariaDB
  let folder: string
  let client: Client

  const clientFor = (user: string, password: string | null): Promise<Client> => {
    const address = { host: null, port: null, socket: server.socket }
    const environment = { PATH: process.env.PATH ?? '' }
    return openClient(hostEngine(address, environment, folder), { user, password })
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-keys-'))
    server = await startMariaDB({ dir: join(folder, 'db'), password: 'root' })
    client = await clientFor('root', 'root')
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    await server.sql('SET foreign_key_checks = 0; DROP DATABASE IF EXISTS inside; DROP DATABASE IF EXISTS outside')
    await server.sql(`
CREATE DATABASE inside; CREATE DATABASE outside;
CREATE TABLE inside.parent (id int PRIMARY KEY, tenant int NOT NULL, UNIQUE (tenant, id)) ENGINE=InnoDB;
CREATE TABLE outside.of_rules (id int PRIMARY KEY, ${rules.map((_, at) => `x${at} int`).join(', ')},
${rules.map(({ onDelete, onUpdate }, at) => `CONSTRAINT \`k'${at}\` FOREIGN KEY (x${at}) REFERENCES inside.parent (id)${clause('DELETE', onDelete)}${clause('UPDATE', onUpdate)}`).join(',\n')}) ENGINE=InnoDB;
${names.map((name, at) => `CREATE TABLE outside.${quoted(name)} (id int PRIMARY KEY, a int, b int, CONSTRAINT \`${at}\` FOREIGN KEY (b, a) REFERENCES inside.parent (tenant, id) ON DELETE CASCADE) ENGINE=InnoDB;`).join('\n')}`)
  })

  const definitions = async (of = ['of_rules', ...names]) => {
    const rows = await server.sql(of.map((name) => `SHOW CREATE TABLE outside.${quoted(name)}`).join(';\n'))
    return rows.map(([name, create = '']) => [
      name,
      create
        .split(/,?\n/)
        .filter((line) => /^ *CONSTRAINT /.test(line))
        .toSorted(),
    ])
  }

  const modes = [
    'ANSI_QUOTES',
    'ANSI',
    'ORACLE',
    'NO_BACKSLASH_ESCAPES',
    'MYSQL40',
    'MYSQL323',
    'NO_KEY_OPTIONS,NO_TABLE_OPTIONS,NO_FIELD_OPTIONS',
    'HIGH_NOT_PRECEDENCE',
    'PIPES_AS_CONCAT,IGNORE_SPACE',
  ]

  test.each(modes)('that are set aside come back with their rules in the mode %s', async (mode) => {
    const before = await definitions()
    await server.sql(`SET GLOBAL sql_mode = '${mode}'; SET GLOBAL sql_quote_show_create = 0`)
    try {
      const keys = await strayForeignKeys(client, 'outside', ['of_rules', ...names])
      expect(keys).toHaveLength(rules.length + names.length)
      await dropForeignKeys(client, 'outside', keys)
      expect(await strayForeignKeys(client, 'outside', [])).toEqual([])
      await addForeignKeys(client, 'outside', 'outside', keys)
      const incoming = await foreignKeysInto(client, ['inside'])
      expect(incoming).toHaveLength(rules.length + names.length)
      await server.sql(incoming.map(removal).join(';\n'))
      await server.sql(incoming.map(addition).join(';\n'))
    } finally {
      await server.sql(`SET GLOBAL sql_mode = DEFAULT; SET GLOBAL sql_quote_show_create = 1`)
    }
    expect(await definitions()).toEqual(before)
  })

  test('of tables on which the user has no right are found all the same, and can be created again', async () => {
    const before = await definitions()
    await server.sql(`CREATE USER IF NOT EXISTS blind@localhost IDENTIFIED BY 'pass';
GRANT SELECT ON inside.* TO blind@localhost; GRANT PROCESS ON *.* TO blind@localhost;`)
    await server.sql(`DROP TABLE outside.${quoted('漢'.repeat(40))}`)
    const keys = await foreignKeysInto(await clientFor('blind', 'pass'), ['inside'])
    expect(keys).toHaveLength(rules.length + names.length - 1)
    await server.sql(keys.map(removal).join(';\n'))
    await server.sql(keys.map(addition).join(';\n'))
    const there = before.filter(([name]) => name !== '漢'.repeat(40))
    const after = await definitions(['of_rules', ...names].filter((name) => !name.startsWith('漢')))
    expect(after).toEqual(there)
  })

  test('are found by a user that may not ask InnoDB, as far as it sees the tables', async () => {
    await server.sql(
      `CREATE USER IF NOT EXISTS seeing@localhost IDENTIFIED BY 'pass'; GRANT SELECT ON *.* TO seeing@localhost`,
    )
    const keys = await foreignKeysInto(await clientFor('seeing', 'pass'), ['inside'])
    expect(keys).toHaveLength(rules.length + names.length)
    expect(keys).toEqual(expect.arrayContaining(await foreignKeysInto(client, ['inside'])))
  })

  test('from one of the databases into another of them are nobody else’s', async () => {
    expect(await foreignKeysInto(client, ['inside', 'outside'])).toEqual([])
    expect(await foreignKeysInto(client, ['outside'])).toEqual([])
    expect(await foreignKeysInto(client, [])).toEqual([])
  })
})
