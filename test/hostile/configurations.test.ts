import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { hostEngine } from '../../src/engines/host-engine.ts'
import { UserError } from '../../src/errors.ts'
import { type Client, openClient } from '../../src/mysql/client/client.ts'
import { dumpDatabases, missingFrom, partialName } from '../../src/mysql/dump/dump.ts'
import { verifyDump } from '../../src/mysql/dump/verify.ts'
import { type DumpToLoad, dropLoaders, loadDumps } from '../../src/mysql/load/load.ts'
import { takeInventory } from '../../src/mysql/server/inventory.ts'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { createSchema, databases } from '../fixture/schema.ts'
import { captureDatabases } from '../fixture/state/databases.ts'
import { type HostileConfiguration, hostileConfigurations } from './configurations.ts'

// Of each kind that a configuration can change.
const fragile = `
CREATE TABLE fragile (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY, s varchar(100) NOT NULL, b varbinary(10), c char(5), d datetime NOT NULL DEFAULT '0000-00-00',
  at timestamp NOT NULL, n int CHECK (n > 0), w int AS (char_length(s)) STORED, KEY s (s)
) ENGINE=InnoDB CHARSET=utf8mb4;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', check_constraint_checks = 0;
INSERT INTO fragile (id, s, b, c, d, at, n) VALUES
  (0, 'zero', 0x00ff, 'a ', '2020-02-31 00:00:00', '2020-01-01', 1), (1, 'ein \\\\ "Wort" é', '', '', '0000-00-00', '2020-01-01', -1),
  (2, '表', NULL, NULL, '2020-01-01', '2020-01-01', NULL), (3, '', 0x27, 'x', '2020-01-01', '2020-01-01', 5), (4, 'vier', 'b', 'b', '2020-01-01', '2020-01-01', 6);
CREATE TABLE by_text (k varchar(200) PRIMARY KEY, v text) ENGINE=MyISAM CHARSET=latin1;
INSERT INTO by_text SELECT CONCAT(REPEAT('x', 100), seq * 7919 % 1000), seq FROM seq_1_to_500;
CREATE TABLE versioned (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING;
INSERT INTO versioned VALUES (1, 1); UPDATE versioned SET v = 2;
CREATE TABLE \`strange "name\` (\`order\` int PRIMARY KEY, \`sélect\` int);
INSERT INTO \`strange "name\` VALUES (1, 2);
CREATE VIEW seen AS SELECT s, COUNT(*) AS n FROM fragile GROUP BY s;
CREATE TRIGGER before_fragile BEFORE INSERT ON fragile FOR EACH ROW SET NEW.s = CONCAT('"', NEW.s);
CREATE FUNCTION told(a int) RETURNS text DETERMINISTIC RETURN CONCAT("told ", a);
CREATE EVENT now_and_then ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO SELECT 1;
`

await describeWith('mariadb', 'a server or a machine that a stranger has configured', () => {
  let server: MariaDB
  let folder: string
  let home: string
  let usual: Client
  let usualValues: ReadonlyMap<string, string>
  let exact: readonly string[]
  let dumps: readonly DumpToLoad[]
  let live: Awaited<ReturnType<typeof tablesOf>>

  const open = (user: string, environment: Readonly<Record<string, string>> = {}): Promise<Client> => {
    const address = { host: null, port: null, socket: server.socket }
    const engine = hostEngine(address, { PATH: process.env.PATH ?? '', HOME: home, ...environment }, folder)
    return openClient(engine, { user, password: 'right "password' })
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-hostile-'))
    home = join(folder, 'home')
    await mkdir(home)
    server = await startMariaDB({ dir: join(folder, 'db'), password: 'right "password' })
    await createSchema(server.sql)
    await server.sql(
      "INSERT INTO EmailUser (email, passwd, is_staff, is_active, ctime) VALUES ('a@b', 'c', 0, 1, 1), ('d@e', 'f', 0, 1, 2), ('g@h', 'i', 0, 1, 3), ('j@k', 'l', 0, 1, 4)",
      'ccnet_db',
    )
    await server.sql(fragile, 'dtable_db')
    await server.sql(
      "CREATE USER lesser@localhost IDENTIFIED BY 'right \"password'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, CREATE TEMPORARY TABLES ON *.* TO lesser@localhost;",
    )
    usual = await open('root')
    usualValues = new Map((await usual.query('SHOW GLOBAL VARIABLES')).map(([name = '', value = '']) => [name, value]))
    live = await tablesOf(databases)
    const { files, dumped, inventory } = await dump(usual)
    exact = files
    dumps = await Promise.all(
      dumped.databases.map(async (one) => {
        const { characterSet = '', collation = '' } = inventory.databases.find(({ name }) => name === one.name) ?? {}
        const path = join(folder, `kept-${one.name}`)
        await writeFile(path, files[inventory.databases.findIndex(({ name }) => name === one.name)] ?? '', 'latin1')
        const outline = await verifyDump(path, one)
        return { ...one, into: `${one.name}__aside`, path, outline, characterSet, collation }
      }),
    )
  })

  afterEach(async () => {
    await rm(join(home, '.my.cnf'), { force: true })
    await putBack()
    await dropLoaders(
      usual,
      databases.map((name) => `${name}__aside`),
    )
  })

  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** As the server was, also for sessions that are not ours. */
  const putBack = async (): Promise<void> => {
    const changed = hostileConfigurations.flatMap(({ server: statements = [] }) =>
      statements.map((sql) => /GLOBAL (\w+)/.exec(sql)?.[1] ?? ''),
    )
    await usual.query([...new Set(changed)].map((name) => `SET GLOBAL ${name} = ${back(name)}`).join(';\n'))
  }

  const back = (name: string): string => {
    const value = usualValues.get(name) ?? ''
    return name === 'system_versioning_asof' ? 'DEFAULT' : /^[\d.]+$/.test(value) ? value : `'${value}'`
  }

  const tablesOf = async (names: readonly string[]) =>
    Object.fromEntries(
      Object.entries(await captureDatabases(server.sql, names)).map(([name, { objects }]) => [
        name.replace('__aside', ''),
        Object.entries(objects)
          .filter(([object]) => /^(table|sequence) /.test(object))
          // The times of a history are not saved.
          .map(([object, state]) => [object, object === 'table versioned' ? { ...state, checksum: '' } : state]),
      ]),
    )

  let runs = 0
  const dump = async (client: Client) => {
    const into = join(folder, String(runs++))
    await mkdir(into)
    const inventory = await takeInventory(client, databases)
    const dumped = await dumpDatabases(client, inventory, into, { now: () => new Date() })
    expect(missingFrom(dumped, inventory)).toEqual([])
    const files = await Promise.all(databases.map((name) => readFile(join(into, partialName(name)), 'latin1')))
    await rm(into, { recursive: true })
    return { files, dumped, inventory }
  }

  const set = async ({ server: statements = [], optionFile }: HostileConfiguration): Promise<void> => {
    for (const sql of statements) await usual.query(sql)
    if (optionFile !== undefined) await writeFile(join(home, '.my.cnf'), `${optionFile}\n`, { mode: 0o600 })
  }

  const fails = hostileConfigurations.filter(({ refused }) => refused !== undefined)
  const works = hostileConfigurations.filter(({ refused }) => refused === undefined)

  test.each(works)('$name: the dump is the same, byte for byte, and so is what is loaded', async (configuration) => {
    await set(configuration)
    const client = await open('root', configuration.environment)

    expect((await dump(client)).files).toEqual(exact)

    if (configuration.loadRefused !== undefined) {
      await expect(loadDumps(client, dumps, {})).rejects.toThrow(configuration.loadRefused)
      return
    }
    await loadDumps(client, dumps, {})
    await putBack()
    expect(await tablesOf(databases.map((name) => `${name}__aside`))).toEqual(live)
  })

  test.each(fails)('$name: is refused by its name before anything is dumped', async (configuration) => {
    await set(configuration)
    const client = await open(configuration.lesserUser ? 'lesser' : 'root', configuration.environment)

    const failure = await dump(client).catch((error: unknown) => error)

    expect(failure).toBeInstanceOf(UserError)
    const { message, hint } = failure as UserError
    expect(message).toMatch(configuration.refused as RegExp)
    expect(hint).toMatch(/^Nothing was dumped\. /)
  })

  test.each(fails.filter(({ lesserUser }) => !lesserUser))(
    '$name: what was dumped before is loaded as it was',
    async (configuration) => {
      await set(configuration)
      await loadDumps(await open('root'), dumps, {})
      await putBack()
      expect(await tablesOf(databases.map((name) => `${name}__aside`))).toEqual(live)
    },
  )

  test('one that becomes hostile while the dump is taken is refused afterwards', async () => {
    const client = await open('root')
    const inventory = await takeInventory(client, databases)
    const failure = await dumpDatabases(client, inventory, null, {
      now: () => new Date(),
      onProgress: () => void server.sql('SET GLOBAL sql_select_limit = 5'),
    }).catch((error: unknown) => error)

    expect((failure as UserError).message).toMatch(/it changed meanwhile: the server’s sql_select_limit is 5/)
    expect((failure as UserError).hint).toMatch(
      /^Nothing was kept\. SET GLOBAL sql_select_limit = 18446744073709551615;/,
    )
  })
})
