import { afterAll, beforeAll, expect, test } from 'vitest'
import { containerEngine } from '../../../src/engines/container-engine.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { dropObjects, readObjects, type SavedObject } from '../../../src/mysql/objects/objects.ts'
import { type ProvenObjects, proveObjects } from '../../../src/mysql/objects/prove.ts'
import { isToBeMade, makeObjects, putObjects } from '../../../src/mysql/objects/replace.ts'
import { isSameDefinition } from '../../../src/mysql/objects/same-object.ts'
import { copyTables, dropCopies } from '../../../src/mysql/swap/table-copies.ts'
import { type DatabaseContainer, startDatabaseContainer } from '../../environment/container.ts'
import type { DatabaseServer } from '../../environment/database-servers.ts'
import { ensureImage } from '../../environment/image.ts'
import { describeWith, type Requirement } from '../../environment/requirements.ts'

const everything = `
CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
USE shop;
CREATE TABLE goods (id int PRIMARY KEY, name varchar(20));
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN 2 * n;
CREATE FUNCTION \`Größe\`(n int) RETURNS varchar(20) DETERMINISTIC RETURN concat('ü', n);
CREATE PROCEDURE list_all() SELECT id FROM shop.goods;
CREATE PROCEDURE alike() SELECT 1;
ALTER DATABASE shop CHARACTER SET latin1;
CREATE FUNCTION aged(word varchar(20)) RETURNS varchar(20) DETERMINISTIC RETURN word;
CREATE TRIGGER aged BEFORE UPDATE ON shop.goods FOR EACH ROW SET NEW.name = 'aged';
ALTER DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE VIEW names AS SELECT name, shop.twice(id) AS twofold FROM shop.goods;
CREATE VIEW a_view AS SELECT name FROM names;
CREATE VIEW checks AS SELECT id FROM goods;
CREATE VIEW a_check AS SELECT id FROM checks WHERE id > 0 WITH CHECK OPTION;
CREATE TRIGGER second BEFORE INSERT ON shop.goods FOR EACH ROW SET NEW.name = 'second';
CREATE TRIGGER first BEFORE INSERT ON shop.goods FOR EACH ROW PRECEDES second SET NEW.name = 'first';
CREATE EVENT yearly ON SCHEDULE EVERY 1 YEAR STARTS '2037-01-01 00:00:00' DO DELETE FROM shop.goods;
SET sql_mode = 'ANSI_QUOTES';
CREATE PROCEDURE quoted() SELECT "id" FROM "shop"."goods";
CREATE USER joe IDENTIFIED BY 'Xx-1234567890';
GRANT EXECUTE ON PROCEDURE shop.list_all TO joe WITH GRANT OPTION;
GRANT EXECUTE, ALTER ROUTINE ON FUNCTION shop.twice TO joe;
GRANT EXECUTE ON PROCEDURE shop.alike TO joe;
GRANT SELECT ON shop.names TO joe;
`

const changed = `
USE shop;
DROP PROCEDURE list_all; CREATE PROCEDURE list_all() SELECT 'changed';
GRANT EXECUTE ON PROCEDURE shop.list_all TO joe WITH GRANT OPTION;
DROP FUNCTION \`Größe\`;
DROP FUNCTION aged;
DROP TRIGGER aged;
CREATE OR REPLACE VIEW names AS SELECT 'changed' AS name;
DROP EVENT yearly; CREATE EVENT yearly ON SCHEDULE EVERY 2 YEAR STARTS '2037-01-01 00:00:00' DISABLE DO DELETE FROM shop.goods;
DROP TRIGGER first; DROP TRIGGER second;
`

const replacesOn = (requirement: Requirement, server: DatabaseServer): Promise<void> =>
  describeWith(['docker', requirement], `views, triggers, routines and events on ${server}`, () => {
    let container: DatabaseContainer
    let client: Client
    let saved: SavedObject[]
    let proven: ProvenObjects

    const copies = async (work: (places: ReadonlyMap<string, string>) => Promise<ProvenObjects>) => {
      const copy = {
        of: 'shop',
        from: 'shop',
        to: 'shop__proof',
        tables: ['goods'],
        characterSet: 'utf8mb4',
        collation: 'utf8mb4_bin',
      }
      await copyTables(client, [copy])
      const done = await work(new Map([['shop', 'shop__proof']]))
      await dropCopies(client, [copy])
      return done
    }

    const grants = async () => (await container.sql('SHOW GRANTS FOR joe')).map(([line]) => line)

    beforeAll(async () => {
      await ensureImage('docker', server)
      container = await startDatabaseContainer({ server })
      await container.sql(everything)
      const engine = containerEngine('docker', container.name, { PATH: process.env.PATH ?? '' })
      client = await openClient(engine, { user: 'root', password: null })
      saved = await readObjects(client, 'shop')
    })

    afterAll(() => container.remove())

    test('are proven on copies, under the names of these, and nothing of what is live is touched', async () => {
      proven = await copies((places) =>
        proveObjects(client, new Map([['shop', { objects: saved, collation: 'utf8mb4_general_ci' }]]), places),
      )
      expect(proven.refused).toEqual([])
      expect(proven.unproven).toEqual([])
      expect(await readObjects(client, 'shop')).toEqual(saved)
      const made = proven.made.get('shop') ?? []
      expect(made.map(({ name }) => name)).toEqual(saved.map(({ name }) => name))
      const differing = saved.filter((object, at) => !isSameDefinition('shop', object, made[at] as SavedObject))
      // The copy has another default collation, and what was created in it shows that.
      expect(differing.every(({ kind }) => kind !== 'VIEW')).toBe(true)
    })

    test('are made as they were where they differ, with their grants and in their order, and left alone where not', async () => {
      const before = await grants()
      await container.sql(changed)
      const live = await readObjects(client, 'shop')
      const change = { database: 'shop', wanted: saved, live }
      const touched = saved.filter((object) => isToBeMade(change, object)).map(({ name }) => name)
      expect(touched.sort()).toEqual(['Größe', 'aged', 'aged', 'first', 'list_all', 'names', 'second', 'yearly'])
      expect(await makeObjects(client, proven, [change])).toEqual([])
      expect(await readObjects(client, 'shop')).toEqual(saved)
      expect(await grants()).toEqual(before)
      await container.sql('INSERT INTO shop.goods (id) VALUES (1)')
      expect(await container.sql('SELECT name FROM shop.goods')).toEqual([['second']])
    })

    test('are put again one by one when one of them cannot be, and that one is returned', async () => {
      const broken = saved.map((object) =>
        object.name === 'alike' ? { ...object, create: `${object.create} FROM` } : object,
      )
      const before = await grants()
      await dropObjects(client, ['shop'])
      const failed = await putObjects(client, 'shop', broken, 'utf8mb4_general_ci')
      expect([...new Set(failed.map(({ object }) => object.name))]).toEqual(['alike'])
      expect(await readObjects(client, 'shop')).toEqual(saved.filter(({ name }) => name !== 'alike'))
      expect(await grants()).toEqual(before.filter((line) => !line?.includes('alike')))
    })
  })

await replacesOn('mariadb 10.5', 'mariadb-10.5')
await replacesOn('mysql 9.7', 'mysql-9.7')
