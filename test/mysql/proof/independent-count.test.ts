import { afterAll, beforeAll, expect, test } from 'vitest'
import { containerEngine } from '../../../src/engines/container-engine.ts'
import { contradictions } from '../../../src/jobs/backup/prove-dump.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { dumpDatabases } from '../../../src/mysql/dump/dump.ts'
import { copyDifferences } from '../../../src/mysql/proof/copy-proof.ts'
import { countBeside } from '../../../src/mysql/proof/independent-count.ts'
import { takeInventory } from '../../../src/mysql/server/inventory.ts'
import { lackingForDump, readRights } from '../../../src/mysql/server/rights.ts'
import { quoteText } from '../../../src/mysql/sql/quote.ts'
import { type DatabaseContainer, startDatabaseContainer } from '../../environment/container.ts'
import type { DatabaseServer } from '../../environment/database-servers.ts'
import { ensureImage } from '../../environment/image.ts'
import { describeWith, type Requirement } from '../../environment/requirements.ts'

/** Tables that are hard to count, or to compare, with rows in each; `kinds` is how each is proven. */
interface Hard {
  readonly sql: string
  readonly kinds: Readonly<Record<string, string>>
}

const common: Hard = {
  sql: `
CREATE TABLE without_key (a int, b varchar(20)); INSERT INTO without_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
CREATE TABLE nothing (id int PRIMARY KEY);
CREATE TABLE parts (id int PRIMARY KEY, n int, KEY (n)) PARTITION BY HASH (id) PARTITIONS 3; INSERT INTO parts VALUES (1, 1), (2, 1), (3, NULL);
CREATE TABLE kinds (id bigint unsigned PRIMARY KEY, f float, d double, g int AS (y + 1) STORED, v int AS (y + 2) VIRTUAL,
  b bit(9), bin varbinary(20), e enum('a', 'b'), s set('x', 'y'), t timestamp(6) NULL, y year, p point, dec1 decimal(20, 5),
  l longtext, ch char(5) CHARACTER SET latin1, KEY prefixed (l(5)), FULLTEXT (l));
INSERT INTO kinds (id, f, d, b, bin, e, s, t, y, p, dec1, l, ch) VALUES
  (18446744073709551615, 1.23456789, 1e-300, b'101', 0x00ff27, 'b', 'x,y', '2026-03-29 02:30:00', 2026, POINT(1, 2), -1.5, 'ü👍', 'é '),
  (2, NULL, -0.1, NULL, '', NULL, '', NULL, NULL, NULL, NULL, '', '');
CREATE TABLE \`mx a.b \`\`c%_'\` (\`id \`\`\` int PRIMARY KEY, \`se"l'\` int, KEY (\`se"l'\`)); INSERT INTO \`mx a.b \`\`c%_'\` VALUES (1, 2);
CREATE TABLE outside (id int PRIMARY KEY, n int, KEY (n)) ENGINE=MyISAM; INSERT INTO outside VALUES (1, 1), (2, 2);
`,
  kinds: {
    without_key: 'content',
    nothing: 'content',
    parts: 'content',
    kinds: 'content',
    "mx a.b `c%_'": 'content',
    outside: 'content',
  },
}

const ofMySQL: Hard = {
  sql: `
CREATE TABLE documents (id int PRIMARY KEY, j json, KEY many ((CAST(j->'$.a' AS unsigned array))), KEY low ((LOWER(id))), KEY hidden (id) INVISIBLE);
INSERT INTO documents VALUES (1, '{"a": [1, 2, 3]}'), (2, '{"a": []}'), (3, NULL);
SET SESSION sql_generate_invisible_primary_key = ON; CREATE TABLE gipk (a int); INSERT INTO gipk VALUES (1), (1);
`,
  kinds: { documents: 'content', gipk: 'content' },
}

const ofMariaDB: Hard = {
  sql: `
CREATE TABLE history (id int PRIMARY KEY, a int, KEY (a)) WITH SYSTEM VERSIONING; INSERT INTO history VALUES (1, 1); UPDATE history SET a = 2;
CREATE SEQUENCE counting; CREATE TABLE aria (id int PRIMARY KEY) ENGINE=Aria; INSERT INTO aria VALUES (1);
CREATE TABLE invisible (id int PRIMARY KEY, a int INVISIBLE DEFAULT 3); INSERT INTO invisible VALUES (1);
CREATE TABLE hashed (id int PRIMARY KEY, l text, UNIQUE (l)); INSERT INTO hashed VALUES (1, 'x');
`,
  kinds: { history: 'none', aria: 'content', invisible: 'content', hashed: 'content' },
}

/** Nothing writes to it after its first row. */
const quiet = "mx a.b `c%_'"

const signal = new AbortController().signal
const now = () => new Date()

const provesOn = async (requirement: Requirement, server: DatabaseServer, own: Hard): Promise<void> => {
  await describeWith(['docker', requirement], `the server's own count, on ${server}`, () => {
    let container: DatabaseContainer
    let client: Client
    const engine = () => containerEngine('docker', container.name, { PATH: process.env.PATH ?? '' })

    beforeAll(async () => {
      await ensureImage('docker', server)
      container = await startDatabaseContainer({ server })
      client = await openClient(engine(), { user: 'root', password: null })
      await container.sql('CREATE DATABASE hard')
      await container.sql(common.sql + own.sql, 'hard')
    })

    afterAll(() => container.remove())

    const dumpAndCount = async (meanwhile: () => Promise<unknown> = async () => {}) => {
      const inventory = await takeInventory(client, ['hard'])
      const count = await countBeside(client, ['hard'], { signal, now, inexact: [] })
      try {
        await meanwhile()
        const dump = await dumpDatabases(client, inventory, null, { signal, now, onBegun: count.dumpHasBegun })
        return { dump, proofs: await count.proofs() }
      } finally {
        await count.close()
      }
    }

    test('proves every kind of table, and agrees with an honest dump', async () => {
      const { dump, proofs } = await dumpAndCount()
      const kinds = dump.databases[0]?.tables.map(({ name }) => [name, proofs.of('hard', name).proof.kind])
      expect(Object.fromEntries(kinds ?? [])).toEqual({ ...common.kinds, ...own.kinds })
      expect(contradictions(dump, proofs)).toEqual([])
    })

    test('finds the same again in the same databases, and what was changed in them', async () => {
      const { dump, proofs } = await dumpAndCount()
      const tables = dump.databases[0]?.tables.map(({ name, rows }) => ({
        name,
        rows,
        proof: proofs.of('hard', name).proof,
      }))
      const compared = () =>
        copyDifferences(client, [{ into: 'hard', tables: tables ?? [] }], { sameVersion: true, signal })
      expect([...(await compared()).values()].flat()).toEqual([])
      await container.sql(
        "UPDATE kinds SET ch = 'e' WHERE id <> 2; UPDATE without_key SET b = 'y' WHERE a = 1 LIMIT 1",
        'hard',
      )
      const other = 'has other values than the server had when it was saved'
      expect((await compared()).get('hard')).toEqual([`kinds ${other}`, `without_key ${other}`])
      await container.sql('DELETE FROM parts WHERE id = 1', 'hard')
      expect((await compared()).get('hard')).toContain('parts has 2 rows instead of 3')
    })

    test('lets what is written between the counts be, and only in the tables that it is written to', async () => {
      // What was written to just now cannot be told from what is written to now.
      await expect
        .poll(
          () =>
            container.sql(
              `SELECT UNIX_TIMESTAMP() - UNIX_TIMESTAMP(UPDATE_TIME) > 4 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'hard' AND TABLE_NAME = ${quoteText(quiet)}`,
            ),
          { timeout: 60_000 },
        )
        .toEqual([['1']])
      const { dump, proofs } = await dumpAndCount(() =>
        container.sql('INSERT INTO parts VALUES (10, 1), (11, 1); DELETE FROM parts WHERE id = 10', 'hard'),
      )
      expect(proofs.of('hard', 'parts')).toMatchObject({ proof: { kind: 'count' } })
      expect(proofs.of('hard', 'parts').written).toBeGreaterThanOrEqual(3)
      expect(contradictions(dump, proofs)).toEqual([])
      expect(proofs.of('hard', quiet).proof.kind).toBe('content')
      const database = dump.databases[0]
      const short = (name: string, by: number) => ({
        ...dump,
        databases: [
          {
            ...(database as NonNullable<typeof database>),
            tables: (database?.tables ?? []).map((table) =>
              table.name === name ? { ...table, rows: table.rows - by } : table,
            ),
          },
        ],
      })
      expect(contradictions(short(quiet, 1), proofs)).toEqual([
        `hard.${quiet} has 0 rows in the dump, and the server counts 1`,
      ])
      expect(contradictions(short('parts', 1), proofs)).toEqual([])
    })

    test('knows from its own server what a user is not shown', async () => {
      await container.sql(
        "CREATE USER poor@'%' IDENTIFIED BY 'Secret-12345'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `hard`.* TO poor@'%'; CREATE PROCEDURE hard.p() SELECT 1",
      )
      const poor = client.as({ user: 'poor', password: 'Secret-12345' })
      const lacking = async () => lackingForDump(await readRights(poor), ['hard'])
      const visible = async () => (await takeInventory(poor, ['hard'])).databases[0]?.routines
      const [found, ...others] = await lacking()
      expect(others).toEqual([])
      expect(await visible()).toEqual([])
      await container.sql(found?.grant ?? '')
      expect(await lacking()).toEqual([])
      expect(await visible()).toEqual(['PROCEDURE p'])
      // The same by a role, which counts only when it is active.
      await container.sql(
        `${(found?.grant ?? '').replace('GRANT', 'REVOKE').replace(' TO ', ' FROM ')}; CREATE ROLE seeing; ${(found?.grant ?? '').replace(/ TO .*/, ' TO seeing')}; GRANT seeing TO poor@'%'`,
      )
      expect(await lacking()).toHaveLength(1)
      expect(await visible()).toEqual([])
      await container.sql(
        server.startsWith('mysql') ? "SET DEFAULT ROLE seeing TO poor@'%'" : "SET DEFAULT ROLE seeing FOR poor@'%'",
      )
      expect(await visible()).toEqual(['PROCEDURE p'])
      expect(await lacking()).toEqual([])
    })
  })
}

await provesOn('mysql 9.7', 'mysql-9.7', ofMySQL)
await provesOn('mariadb 10.5', 'mariadb-10.5', ofMariaDB)
