import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { UserError } from '../../../src/errors.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { dumpDatabases, partialName } from '../../../src/mysql/dump/dump.ts'
import { verifyDump } from '../../../src/mysql/dump/verify.ts'
import type { DumpedDatabase } from '../../../src/mysql/dump/writer.ts'
import { type DumpToLoad, dropLoaders, loadDumps } from '../../../src/mysql/load/load.ts'
import { type LoadSizes, planLoad } from '../../../src/mysql/load/plan.ts'
import { RowQueue } from '../../../src/mysql/load/queue.ts'
import { createObjects } from '../../../src/mysql/objects/create.ts'
import { takeInventory } from '../../../src/mysql/server/inventory.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'
import { shim } from '../../environment/shim.ts'
import { addExtras } from '../../fixture/extras.ts'
import { fillSchema } from '../../fixture/rows.ts'
import { createSchema, databases } from '../../fixture/schema.ts'
import { captureDatabases, type ObjectState } from '../../fixture/state/databases.ts'
import { until } from '../../fixture/until.ts'

// What every session of a dump has to survive: keys of all kinds, in an order that the server would not choose.
const keys = `
CREATE TABLE keys_in_disorder (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, a varchar(200) NOT NULL, b int, c text, d datetime NOT NULL DEFAULT '0000-00-00',
  KEY z (a), KEY y (b), UNIQUE KEY x (b, id), KEY w (c(20)), UNIQUE KEY v (a(10), id), KEY u (d, b), KEY \`ba\`\`ck, (tick)\` (b, a)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='KEY \`z\` (\`a\`), it''s \\\\ \\n  KEY \`n\` (\`b\`)';
CREATE TABLE keys_counting (id int NOT NULL, n int NOT NULL AUTO_INCREMENT, PRIMARY KEY (id), KEY n (n), KEY other (id, n)) ENGINE=InnoDB;
CREATE TABLE keys_described (id int PRIMARY KEY, a int, KEY a (a) COMMENT 'the ''a''', KEY b (a) USING BTREE) ENGINE=InnoDB;
CREATE TABLE keys_ignored (id int PRIMARY KEY, a int, KEY a (a) IGNORED, KEY b (a DESC)) ENGINE=InnoDB;
CREATE TABLE keys_of_text (id int PRIMARY KEY, a text, UNIQUE KEY a (a)) ENGINE=InnoDB;
CREATE TABLE keys_pointed_to (id int PRIMARY KEY, code varchar(20), UNIQUE KEY code (code), KEY plain (code, id)) ENGINE=InnoDB;
CREATE TABLE keys_pointing (
  id int PRIMARY KEY, code varchar(20), other int, KEY of_code (code), KEY other (other),
  CONSTRAINT to_code FOREIGN KEY (code) REFERENCES keys_pointed_to (code) ON UPDATE CASCADE
) ENGINE=InnoDB;
CREATE TABLE rows_of_megabytes (id int PRIMARY KEY, a longtext, b longblob) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE keys_missing (a int, b varchar(200)) ENGINE=InnoDB;
CREATE TABLE keys_aria (id int PRIMARY KEY, a int, KEY a (a)) ENGINE=Aria;
CREATE TABLE keys_myisam (id int PRIMARY KEY, a int, KEY a (a)) ENGINE=MyISAM;
CREATE TABLE \`keys – naïve 表\` (\`größe\` int PRIMARY KEY, \`表\` int, KEY \`schlüssel 表\` (\`表\`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
SET sql_mode = '';
INSERT INTO keys_in_disorder (a, b, c) SELECT seq, seq % 7, REPEAT(seq, 3) FROM seq_1_to_20000;
INSERT INTO keys_counting (id) VALUES (5), (3), (9);
INSERT INTO keys_described VALUES (1, 1);
INSERT INTO keys_ignored VALUES (1, 1);
INSERT INTO keys_of_text VALUES (1, 'a');
INSERT INTO keys_pointed_to VALUES (1, 'one'), (2, 'two');
INSERT INTO keys_pointing VALUES (1, 'two', 1);
INSERT INTO rows_of_megabytes
  SELECT seq, REPEAT(CONCAT(seq, '\\'"é\n'), seq * 100000), REPEAT(UNHEX('0A2C0A3B00'), 1000) FROM seq_1_to_5;
INSERT INTO keys_missing SELECT seq * 7919 % 60013, REPEAT(MD5(seq), 5) FROM seq_1_to_300;
INSERT INTO keys_aria VALUES (1, 1);
INSERT INTO keys_myisam VALUES (1, 1);
INSERT INTO \`keys – naïve 表\` VALUES (1, 2);
`

const asItStands: LoadSizes = {
  parallelFrom: Number.POSITIVE_INFINITY,
  deferIndexesFrom: 0,
  partFrom: 0,
  clientFrom: 1,
}
const byMany: LoadSizes = { parallelFrom: 0, deferIndexesFrom: Number.POSITIVE_INFINITY, partFrom: 0, clientFrom: 1 }
const byManyWithIndexesLast: LoadSizes = { parallelFrom: 0, deferIndexesFrom: 0, partFrom: 0, clientFrom: 1 }

await describeWith('mariadb', 'dumps that are loaded aside', () => {
  let server: MariaDB
  let folder: string
  let client: Client
  let dumped: readonly DumpedDatabase[]
  let dumps: readonly DumpToLoad[]
  let original: Record<string, Record<string, ObjectState>>

  const clientOf = (path: string): Promise<Client> => {
    const address = { host: null, port: null, socket: server.socket }
    return openClient(hostEngine(address, { PATH: path }, folder), { user: 'root', password: null })
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-load-'))
    server = await startMariaDB({ dir: join(folder, 'db') })
    client = await clientOf(process.env.PATH ?? '')
    await createSchema(server.sql)
    await fillSchema(server.sql)
    await addExtras(server.sql)
    await server.sql(keys, 'dtable_db')
    original = await tablesOf(databases)
    const inventory = await takeInventory(client, databases)
    await mkdir(join(folder, 'dumps'))
    dumped = (await dumpDatabases(client, inventory, join(folder, 'dumps'), { now: () => new Date() })).databases
    dumps = await Promise.all(
      dumped.map(async (dump) => {
        const { characterSet = '', collation = '' } = inventory.databases.find(({ name }) => name === dump.name) ?? {}
        const path = join(folder, 'dumps', partialName(dump.name))
        const outline = await verifyDump(path, dump)
        return { ...dump, into: `${dump.name}__aside`, path, outline, characterSet, collation }
      }),
    )
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const tablesOf = async (names: readonly string[]) => {
    const states = await captureDatabases(server.sql, names)
    return Object.fromEntries(
      Object.entries(states).map(([name, { objects }]) => [
        name.replace('__aside', ''),
        Object.fromEntries(Object.entries(objects).filter(([object]) => /^(table|sequence) /.test(object))),
      ]),
    )
  }

  const settings = async () =>
    (await server.sql('SHOW GLOBAL VARIABLES')).filter(([name = '']) => !/^gtid_|timestamp|pseudo/.test(name))
  const asideNames = databases.map((name) => `${name}__aside`)
  const loaders = () => server.sql("SELECT User FROM mysql.user WHERE User LIKE 'seatable\\_restic%'")
  const sessions = () =>
    server.sql(
      "SELECT ID FROM information_schema.PROCESSLIST WHERE USER LIKE 'seatable\\_restic%' AND COMMAND <> 'Killed'",
    )

  test('are asked for in results of any length, in which no character is cut in two', async () => {
    expect(await client.query("SELECT REPEAT('表', 100000)")).toEqual([['表'.repeat(100_000)]])
  })

  test.each([
    ['by one client', asItStands],
    ['by many clients', byMany],
    ['by many clients, with the indexes after the rows', byManyWithIndexesLast],
  ])('%s have the same rows and definitions as what was dumped, and change no setting', async (_, sizes) => {
    const sent: number[] = []
    const before = await settings()
    await loadDumps(client, dumps, { sizes, onProgress: (bytes) => sent.push(bytes) })
    expect(await tablesOf(asideNames)).toEqual(original)
    expect(await loaders()).toEqual([])
    expect(await settings()).toEqual(before)
    expect(sent).toEqual([...sent].sort((one, other) => one - other))
    expect(sent.at(-1)).toBe(dumped.reduce((sum, { objectsOffset }) => sum + objectsOffset, 0))
  })

  test('get their indexes after the rows only where nothing else needs them', () => {
    const outline = dumps.find(({ name }) => name === 'dtable_db')?.outline
    const plan = planLoad(outline ?? { statements: [], rows: [], objects: [] }, byManyWithIndexesLast)
    const afterwards = plan?.parts.flatMap((part) => part.afterwards) ?? []
    const altered = afterwards.filter(({ sql }) => sql.includes(' ADD ')).map(({ table }) => table)
    expect(altered).toEqual(
      expect.arrayContaining(['keys_in_disorder', 'operation_log', 'activities', 'keys – naïve 表']),
    )
    const empty = planLoad({ statements: [], objects: [], ...outline, rows: [] }, byManyWithIndexesLast)
    expect(empty?.parts.flatMap((part) => part.afterwards)).toHaveLength(afterwards.length)
    const special = ['counting', 'described', 'ignored', 'of_text', 'pointed_to', 'pointing', 'aria', 'myisam']
    for (const name of special) expect(altered).not.toContain(`keys_${name}`)
    const enabled = afterwards.filter(({ sql }) => sql.includes('ENABLE KEYS')).map(({ table }) => table)
    expect(enabled.sort()).toEqual(['keys_aria', 'keys_myisam'])
    for (const name of ['extra_words', 'extra_generated', 'extra_partitioned', 'dtables']) {
      expect(altered).not.toContain(name)
    }
  })

  // What one reader after the other has not seen through; the last of them would be refused before it is sent.
  test.each([
    'CREATE EVENT e ON SCHEDULE AT 20350101e6DO SELECT 1 FROM do begin WHERE 1; DROP DATABASE victim; SELECT 1; END',
    'CREATE PROCEDURE p() IF CASE WHEN COUNT(*) OVER end THEN IF(1,2,3) ELSE 4 END THEN DO 1; END IF; DROP DATABASE victim; SELECT 1; END IF',
    "CREATE VIEW v AS SELECT '\nd\xe9limiter', 1 -\n- 2, '\n; DROP DATABASE victim; -- '",
    'CREATE PROCEDURE p() SELECT 1; DROP DATABASE victim',
  ])('bring nothing that the server takes for a second statement, whatever it looks like: %s', async (statement) => {
    await server.sql('CREATE DATABASE IF NOT EXISTS victim; CREATE DATABASE IF NOT EXISTS own')
    await createObjects(client, new Map([['own', { statements: [statement] }]])).catch(() => {})
    expect(await server.sql("SHOW DATABASES LIKE 'victim'")).toEqual([['victim']])
  })

  test('bring a view that uses a view of a database that comes later', async () => {
    await server.sql('CREATE DATABASE one; CREATE DATABASE two; CREATE TABLE two.t (a int)')
    const sources = new Map([
      ['one', { statements: ['CREATE VIEW `v` AS SELECT a FROM two.w'] }],
      ['two', { statements: ['CREATE VIEW `w` AS SELECT a FROM t'] }],
    ])
    expect(await createObjects(client, sources)).toEqual([])
    expect(await server.sql('SELECT * FROM one.v')).toEqual([])
  })

  test('bring the settings behind their last object, also when one of them uses what is gone', async () => {
    await server.sql('CREATE DATABASE changed CHARACTER SET utf8mb4; CREATE TABLE changed.t (a int)')
    const statements = [
      'ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_swedish_ci',
      'CREATE TRIGGER gone BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1',
      'CREATE TRIGGER there BEFORE UPDATE ON t FOR EACH ROW SET NEW.a = 1',
      'ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
    ]
    const [sentence, ...others] = await createObjects(client, new Map([['changed', { statements }]]))
    expect([sentence, others]).toEqual([expect.stringMatching(/^changed: the trigger gone uses what is gone/), []])
    expect(
      await server.sql("SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'changed'"),
    ).toEqual([['there']])
    const name = "SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'changed'"
    expect(await server.sql(name)).toEqual([['utf8mb4']])
  })

  test('bring a view under the session’s own mode, not under that of the routine before it', async () => {
    await server.sql('CREATE DATABASE modes')
    const session = { characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci', timeZone: null }
    const routine = { kind: 'PROCEDURE', name: 'p', create: "CREATE PROCEDURE p() SELECT '\\'", ...session } as const
    const view = { kind: 'VIEW', name: 'v', create: "CREATE VIEW `v` AS select 'a\\'b' AS `it`", ...session } as const
    const objects = [
      { ...routine, sqlMode: 'NO_BACKSLASH_ESCAPES' },
      { ...view, sqlMode: null },
    ]
    expect(await createObjects(client, new Map([['modes', { objects, collation: 'utf8mb4_general_ci' }]]))).toEqual([])
    expect(await server.sql('SELECT it FROM modes.v')).toEqual([["a'b"]])
  })

  test('bring no view while another session locks its table: that is no reason to leave it out', async () => {
    await server.sql('CREATE DATABASE busy; CREATE TABLE busy.t (a int)')
    const view = { kind: 'VIEW', name: 'v', create: 'CREATE VIEW `v` AS select a from t' } as const
    const saved = { ...view, sqlMode: null, characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci', timeZone: null }
    const holder = server.sql('LOCK TABLES busy.t WRITE; DO SLEEP(8)')
    await until('the table is locked', async () => {
      const [row] = await server.sql(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO SLEEP(8)%'",
      )
      return row?.[0] === '1'
    })
    await expect(
      createObjects(client, new Map([['busy', { objects: [saved], collation: 'utf8mb4_general_ci' }]])),
    ).rejects.toThrow(/holds a lock/)
    await holder
  })

  test('are loaded by one client alone where no primary key holds the rows in order', () => {
    const outline = dumps.find(({ name }) => name === 'dtable_db')?.outline
    const plan = planLoad(outline ?? { statements: [], rows: [], objects: [] }, byMany)
    const tables = plan?.parts.flatMap((part) => part.tables) ?? []
    const inOrder = tables.filter((table) => table.inOrder).map(({ table }) => table)
    expect(inOrder.sort()).toEqual(['extra_without_key', 'keys_missing'])

    const range = (table: string, start: number) => ({ table, start, end: start + 1, line: 1, lines: 1 })
    const table = (name: string, inOrder: boolean) => ({
      table: name,
      bytes: 3,
      ranges: [range(name, 0), range(name, 1), range(name, 2)],
      inOrder,
    })
    const queue = new RowQueue([table('without', true), table('with', false)], 1)
    const clients = [queue.forOneClient(), queue.forOneClient(), queue.forOneClient()]
    const turns = [0, 1, 2, 0, 1, 2, 0].map((client) => [client, clients[client]?.next().value?.table])
    expect(turns).toEqual([
      [0, 'without'],
      [1, 'with'],
      [2, 'with'],
      [0, 'without'],
      [1, 'with'],
      [2, undefined],
      [0, 'without'],
    ])
  })

  /** The dump of `dtable_db`, altered, with a manifest that fits. */
  const forged = async (alter: (text: string) => string): Promise<DumpToLoad> => {
    const dump = dumps.find(({ name }) => name === 'dtable_db') as DumpToLoad & DumpedDatabase
    const path = join(folder, 'forged.sql')
    const bytes = await readFile(dump.path)
    const tables = Buffer.from(alter(bytes.subarray(0, dump.objectsOffset).toString('latin1')), 'latin1')
    const whole = Buffer.concat([tables, bytes.subarray(dump.objectsOffset)])
    await writeFile(path, whole)
    const sha256 = createHash('sha256').update(whole).digest('hex')
    const expected = { ...dump, bytes: whole.length, sha256, objectsOffset: tables.length }
    return { ...expected, path, outline: await verifyDump(path, expected) }
  }

  test.each([
    ['by one client', asItStands],
    ['by many clients', byMany],
    ['by many clients, with the indexes after the rows', byManyWithIndexesLast],
  ])('%s fail with the name of the table, and no word of its rows', async (_, sizes) => {
    const dump = await forged((text) =>
      text.replace(/(CREATE TABLE `extra_without_key` \(\n)/, '$1  UNIQUE KEY (`b`),\n'),
    )
    const error = await loadDumps(client, [dump], { sizes }).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(UserError)
    const { message, hint } = error as UserError
    expect(message).toContain('Loading dtable_db aside, table extra_without_key')
    expect(`${message} ${hint}`).not.toContain('same')
    expect(await loaders()).toEqual([])
    await dropLoaders(client, asideNames)
    expect(await server.sql("SHOW DATABASES LIKE '%\\_\\_aside'")).toEqual([])
  })

  test('say which table could not get its indexes', async () => {
    const dump = await forged((text) =>
      text.replace(/(CREATE TABLE `keys_in_disorder` [^;]*?)\n {2}KEY `y` \(`b`\)/, '$1\n  UNIQUE KEY `y` (`b`)'),
    )
    const error = await loadDumps(client, [dump], { sizes: byManyWithIndexesLast }).catch((failure: unknown) => failure)
    expect((error as Error).message).toContain('Loading dtable_db aside, table keys_in_disorder')
    await dropLoaders(client, asideNames)
  })

  test.each([
    // In the middle of the rows, and before it has read any.
    ['is killed', 30_000, 'kill -9 $$', /Loading dtable_db aside/],
    [
      'ends early and calls it well',
      500,
      'exit 0',
      /After loading, dtable_db|Loading dtable_db aside: the client ended/,
    ],
  ])('are left by all clients when one %s', async (how, bytes, end, message) => {
    const marks = join(folder, `one ${how}`)
    // The first loads the definitions; of those that load rows, one ends.
    const script = `case "$*" in *--database=*) ;; *) exec "$real" "$@";; esac
if mkdir '${marks}.first' || ! mkdir '${marks}.dies'; then exec "$real" "$@"; fi 2>/dev/null
head -c ${bytes} | "$real" "$@"
${end}`
    const killed = await clientOf(`${await shim(join(marks, 'shims'), 'mariadb', script)}:${process.env.PATH}`)
    const error = await loadDumps(killed, dumps.slice(2), { sizes: byMany }).catch((failure: unknown) => failure)
    expect((error as Error).message).toMatch(message)
    expect(await loaders()).toEqual([])
    await dropLoaders(client, asideNames)
    expect(await sessions()).toEqual([])
    expect(await server.sql("SHOW DATABASES LIKE '%\\_\\_aside'")).toEqual([])
  })

  test('are left by all clients when the load is interrupted', async () => {
    const stop = new AbortController()
    const onProgress = (bytes: number) => {
      if (bytes > 0) stop.abort()
    }
    const loading = loadDumps(client, dumps.slice(2), { sizes: byMany, signal: stop.signal, onProgress })
    expect(await loading.catch((failure: unknown) => failure)).toMatchObject({ exitCode: 130 })
    await dropLoaders(client, asideNames)
    expect(await sessions()).toEqual([])
  })
})
