import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { UserError } from '../../../src/errors.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { dumpDatabases, partialName } from '../../../src/mysql/dump/dump.ts'
import { refusedTables } from '../../../src/mysql/dump/refused-tables.ts'
import { verifyDump } from '../../../src/mysql/dump/verify.ts'
import { type DumpToLoad, dropLoaders, loadDumps } from '../../../src/mysql/load/load.ts'
import { type LoadSizes, usualSizes } from '../../../src/mysql/load/plan.ts'
import { takeInventory } from '../../../src/mysql/server/inventory.ts'
import { defaultsAtHome } from '../../../src/mysql/sql/own-names.ts'
import { prepareSwap, swapTables, swapTablesBack } from '../../../src/mysql/swap/swap.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'

const byMany: LoadSizes = { parallelFrom: 0, deferIndexesFrom: 0, partFrom: 0, clientFrom: 1 }

/** Tables that a server takes under the settings of their time, and not under every setting of today. */
const old: Record<string, string> = {
  'a default of a sequence': `CREATE SEQUENCE s START WITH 100;
    CREATE TABLE counted (id int NOT NULL DEFAULT nextval(s) COMMENT 'of \`db\`.\`s\`', a text, PRIMARY KEY (id)) ENGINE=InnoDB;
    INSERT INTO counted (a) VALUES ('\`db\`.\`s\`')`,
  'tables of a MERGE': `CREATE TABLE part_one (a int) ENGINE=MyISAM; CREATE TABLE part_two (a int) ENGINE=MyISAM;
    CREATE TABLE a_merge (a int) ENGINE=MERGE UNION=(part_one, part_two) INSERT_METHOD=LAST;
    INSERT INTO part_one VALUES (1), (2); INSERT INTO part_two VALUES (3)`,
  'rows that could be too long': `SET innodb_strict_mode = 0;
    CREATE TABLE wide (${Array.from({ length: 150 }, (_, i) => `c${i} varchar(100)`).join(', ')}) ENGINE=InnoDB ROW_FORMAT=COMPACT;
    INSERT INTO wide (c0, c149) VALUES ('first', 'last')`,
  'a block size that nothing uses': `SET innodb_strict_mode = 0;
    CREATE TABLE blocks (a int PRIMARY KEY) ENGINE=InnoDB ROW_FORMAT=DYNAMIC KEY_BLOCK_SIZE=8; INSERT INTO blocks VALUES (1)`,
  'dates that no calendar has': `SET sql_mode = 'ALLOW_INVALID_DATES';
    CREATE TABLE dates (id int PRIMARY KEY, d date NOT NULL DEFAULT '2021-02-31', z datetime NOT NULL DEFAULT '0000-00-00 00:00:00');
    INSERT INTO dates VALUES (0, '2021-02-31', '2020-00-00 00:00:00'), (1, '0000-00-00', '2021-11-31 10:00:00')`,
  'rows that break a constraint': `CREATE TABLE checked (a int, CHECK (a > 10), b int CHECK (b < 5)); SET check_constraint_checks = 0; INSERT INTO checked VALUES (1, 10)`,
  'timestamps that say nothing of NULL': `SET explicit_defaults_for_timestamp = 0; CREATE TABLE stamps (id int PRIMARY KEY, a timestamp, b timestamp);
    SET sql_mode = ''; INSERT INTO stamps VALUES (1, '2020-01-01 00:00:00', 0)`,
  'a long key': `CREATE TABLE long_key (a varchar(500), b varchar(500), KEY (a), UNIQUE KEY (b)) ENGINE=InnoDB CHARSET=utf8mb4; INSERT INTO long_key VALUES ('a', 'b')`,
  'no primary key':
    'CREATE TABLE keyless (a int, b text) ENGINE=InnoDB; INSERT INTO keyless VALUES (1, NULL), (1, NULL)',
}

/** Settings of today, each made as hostile as it can be; what they would refuse or change is loaded as it is. */
const hostile = [
  `sql_mode = 'TRADITIONAL,NO_ZERO_DATE,NO_ZERO_IN_DATE,ANSI'`,
  'innodb_strict_mode = ON',
  'explicit_defaults_for_timestamp = OFF',
  'check_constraint_checks = ON',
  'max_statement_time = 0.05',
  'innodb_compression_default = ON',
  'default_storage_engine = MyISAM',
  'autocommit = OFF',
]

await describeWith('mariadb', 'what is older than the strictness of today', () => {
  let server: MariaDB
  let folder: string
  let client: Client
  let dump: DumpToLoad
  let definitions: Map<string, string>

  const read = async (name: string, directory: string | null, copyOf?: string) => {
    const inventory = await takeInventory(client, [name])
    const options = { now: () => new Date(), ...(copyOf === undefined ? {} : { copyOf: () => copyOf }) }
    const { databases } = await dumpDatabases(client, inventory, directory, options)
    const [dumped] = databases
    if (dumped === undefined) throw new Error('nothing was dumped')
    return dumped
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-strict-'))
    server = await startMariaDB({ dir: join(folder, 'db') })
    const address = { host: null, port: null, socket: server.socket }
    client = await openClient(hostEngine(address, { PATH: process.env.PATH ?? '' }, folder), {
      user: 'root',
      password: null,
    })
    await server.sql('CREATE DATABASE db')
    for (const sql of Object.values(old)) await server.sql(sql, 'db')
    await mkdir(join(folder, 'dumps'))
    const dumped = await read('db', join(folder, 'dumps'))
    const path = join(folder, 'dumps', partialName('db'))
    const utf8 = { characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci' }
    dump = { ...dumped, into: 'db__aside', path, outline: await verifyDump(path, dumped), ...utf8 }
    definitions = new Map(dumped.tables.map(({ name, sha256, definition }) => [name, `${sha256} ${definition}`]))
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  afterEach(() => dropLoaders(client, ['db__aside']))

  /** What was loaded, as it is when it is dumped in its turn. */
  const loaded = async () => {
    const { tables } = await read('db__aside', null, 'db')
    return new Map(tables.map(({ name, sha256, definition }) => [name, `${sha256} ${definition}`]))
  }

  const withGlobal = async <Result>(setting: string, work: () => Promise<Result>): Promise<Result> => {
    const name = setting.split(' ')[0] ?? ''
    const [[before = ''] = []] = await server.sql(`SELECT @@GLOBAL.${name}`)
    await server.sql(`SET GLOBAL ${setting}`)
    try {
      return await work()
    } finally {
      await server.sql(`SET GLOBAL ${name} = ${/^(?:[\d.]+|NULL)$/.test(before) ? before : `'${before}'`}`)
    }
  }

  test.each([
    ['by one client', usualSizes],
    ['by many clients', byMany],
  ])('is loaded as it is, %s', async (_, sizes) => {
    await loadDumps(client, [dump], { sizes })
    expect(await loaded()).toEqual(definitions)
  })

  test.each(hostile)('is loaded as it is under %s', async (setting) => {
    await withGlobal(setting, () => loadDumps(client, [dump], {}))
    expect(await loaded()).toEqual(definitions)
  })

  test('names its own database in what was loaded beside it, and counts on there', async () => {
    await loadDumps(client, [dump], {})
    const [[, create = ''] = []] = await server.sql('SHOW CREATE TABLE db__aside.counted')
    expect(create).toContain("DEFAULT nextval(`db__aside`.`s`) COMMENT 'of `db`.`s`'")
    await server.sql('INSERT INTO db__aside.counted (a) VALUES (1)')
    expect(await server.sql('SELECT MAX(id) FROM db__aside.counted')).toEqual([['1100']])
  })

  test('names the live database when it has become live, and what was live does when it is live again', async () => {
    await loadDumps(client, [dump], {})
    const tables = dump.tables.map(({ name }) => name).concat('s')
    const utf8 = { characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci', foreignKeys: [], tables }
    const atHome = dump.outline.statements.flatMap((sql) => defaultsAtHome(sql, 'db') ?? [])
    const swap = {
      name: 'db',
      live: { ...utf8, objects: [] },
      incoming: { ...utf8, database: 'db__aside', home: 'db__aside', atHome },
      outgoing: 'db__previous',
    }
    const counts = async () => {
      const [[, create = ''] = []] = await server.sql('SHOW CREATE TABLE db.counted')
      expect(create).toContain("DEFAULT nextval(`db`.`s`) COMMENT 'of `db`.`s`'")
      await server.sql('START TRANSACTION; INSERT INTO db.counted (a) VALUES (1); ROLLBACK')
      return Object.fromEntries((await read('db', null)).tables.map(({ name, definition }) => [name, definition]))
    }
    const before = await counts()
    await prepareSwap(client, [swap])
    await swapTables(client, [swap])
    expect(await counts()).toEqual(before)
    await swapTablesBack(client, [swap])
    expect(await counts()).toEqual(before)
    await server.sql('DROP DATABASE db__previous')
  })

  const refusedNow = async () => {
    const inventory = await takeInventory(client, ['db'])
    return (await refusedTables(client, inventory, [await read('db', null)])).map(({ why }) => why)
  }

  test('is not told as what cannot be restored, where it can', async () => {
    expect(await refusedNow()).toEqual([])
  })

  test.each([
    ["enforce_storage_engine = 'InnoDB'", ['a_merge', 'part_one', 'part_two']],
    ['innodb_default_row_format = redundant', ['long_key']],
    ['innodb_force_primary_key = ON', ['checked', 'keyless', 'wide']],
  ])('is told table by table when it is saved under %s', async (setting, tables) => {
    const whys = await withGlobal(setting, refusedNow)
    expect(whys.map((why) => why.split(':')[0]).sort()).toEqual(tables)
    for (const why of whys) expect(why).toContain(setting.split(' ')[0])
  })

  test('is told when it holds text that is no text, or uses another database', async () => {
    await server.sql(`CREATE DATABASE torn; CREATE DATABASE other; CREATE SEQUENCE other.s; USE torn;
      CREATE TABLE bytes (a varchar(60)) ENGINE=MyISAM CHARSET=latin1; INSERT INTO bytes VALUES (0xE9E9);
      CREATE TABLE good (a varchar(60), b blob) CHARSET=latin1; INSERT INTO good VALUES (0xE9E9, 0xE9E9);
      CREATE TABLE text (a varchar(15)) ENGINE=MyISAM CHARSET=utf8mb4; CREATE TABLE far (a int DEFAULT nextval(other.s));
      FLUSH TABLES bytes, text`)
    const data = join(folder, 'db', 'data', 'torn')
    await copyFile(join(data, 'text.frm'), join(data, 'bytes.frm'))
    await server.sql('FLUSH TABLES torn.bytes')
    const { refused } = await read('torn', null)
    expect(refused).toEqual([
      'text that is not valid UTF-8 in the table bytes, which a server changes',
      'the table far, which uses the database other',
    ])
    await server.sql('DROP DATABASE torn; DROP DATABASE other')
  })

  test.each([
    ["enforce_storage_engine = 'InnoDB'", /table a_merge: .*enforce_storage_engine is InnoDB/],
    ['innodb_default_row_format = redundant', /table long_key: .*innodb_default_row_format is redundant/],
    ['innodb_force_primary_key = ON', /table checked: .*innodb_force_primary_key/],
  ])(
    'is refused under %s, which nobody but a superuser can set for himself, with the name of a table',
    async (setting, message) => {
      const error = await withGlobal(setting, () => loadDumps(client, [dump], {}).catch((failure: unknown) => failure))
      expect(error).toBeInstanceOf(UserError)
      expect((error as UserError).message).toMatch(message)
      expect((error as UserError).message).not.toMatch(/damage|not what was saved/)
    },
  )
})
