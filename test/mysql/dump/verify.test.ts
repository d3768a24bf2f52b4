import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { verifyDump } from '../../../src/mysql/dump/verify.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatable-restic-verify-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A dump whose manifest says what it holds: only its statements can be wrong. */
const verify = async (tables: string, objects: string) => {
  const path = join(folder, 'ccnet_db.sql')
  const text = `${tables}\n${objects}\n`
  await writeFile(path, text)
  return verifyDump(path, {
    name: 'ccnet_db',
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    objectsOffset: Buffer.byteLength(`${tables}\n`),
    tables: /CREATE TABLE `a`/.test(tables) ? [{ name: 'a', rows: 0, sha256: createHash('sha256').digest('hex') }] : [],
  })
}

describe('a dump from outside', () => {
  test.each([
    "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;",
    "/*!40103 SET TIME_ZONE='+00:00' */;",
    '/*!40101 SET NAMES utf8mb4 */;',
    '/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;',
    'ALTER DATABASE CHARACTER SET = utf8mb3 COLLATE = utf8mb3_general_ci;',
    'DROP TABLE IF EXISTS `a`;\nCREATE TABLE `a` (`b` int);',
  ])('may hold this among its tables: %s', async (statement) => {
    await verify(statement, '')
  })

  test.each([
    'DROP DATABASE mysql;',
    'SET GLOBAL general_log = 1;',
    "SET SQL_MODE='', GLOBAL general_log=1;",
    'SET @@global.general_log = 1;',
    "SET PASSWORD = '';",
    'GRANT ALL ON *.* TO a;',
    'CREATE TABLE mysql.`a` (b int);',
    'INSERT INTO mysql.`user` VALUES (1);',
    'USE `mysql`;',
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE a;",
    '\\! touch /tmp/x;',
    'source /etc/passwd;',
    'system touch /tmp/x;',
    'CREATE VIEW `v` AS SELECT 1;',
    'ALTER DATABASE mysql CHARACTER SET = utf8mb3 COLLATE = utf8mb3_general_ci;',
  ])('may not hold this among its tables: %s', async (statement) => {
    await expect(verify(statement, '')).rejects.toThrow('is what was saved, and is not restored')
  })

  test.each([
    'DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 trigger tr before insert on `a` for each row begin end */;;\nDELIMITER ;',
    'DELIMITER ;;\nCREATE DEFINER=`root`@`%` FUNCTION `f`() RETURNS int(11)\nreturn 1\n;;\nDELIMITER ;',
    '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 */;',
    '/*!50106 DROP EVENT IF EXISTS `e` */;',
    'CREATE TRIGGER ccnet_db.tr BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1;',
    "/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION' */;",
    "/*!50003 SET time_zone             = 'SYSTEM' */;",
  ])('may hold this among its views and routines: %s', async (statement) => {
    await verify('', statement)
  })

  test.each([
    'CREATE USER a;',
    'CREATE DATABASE a;',
    'CREATE TABLE a (b int);',
    'CREATE DEFINER=`root`@`localhost` PROCEDURE mysql.p() SELECT 1;',
    'CREATE TRIGGER `mysql`.tr BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1;',
    '/*!50001 CREATE VIEW */ /*!50001 dtable_db.v AS SELECT 1 */;',
    'DROP USER a;',
    'DROP VIEW IF EXISTS mysql.v;',
    'CALL p();',
    "SET sql_mode = '', GLOBAL x = 1;",
    'INSERT INTO `a` VALUES (1);',
    'DELIMITER ;;\nCREATE PROCEDURE p() SELECT 1; DROP USER a;;\nDELIMITER ;',
    'DELIMITER ;;\nCREATE VIEW v AS SELECT 1; DROP USER a;;\nDELIMITER ;',
    'CREATE PROCEDURE #(\n mysql.p() SELECT 1;',
    "CREATE DEFINER='a\\'@b PROCEDURE p() SELECT ' '@b PROCEDURE mysql.q() SELECT 1;",
    '/*M!999999\\- x */ DROP USER a;',
    '--\u00a0\nDROP USER a;',
  ])('may not hold this among its views and routines: %s', async (statement) => {
    await expect(verify('', statement)).rejects.toThrow('is what was saved, and is not restored')
  })
})

describe('a refusal', () => {
  test.each([
    [
      'DELIMITER ;;\nCREATE PROCEDURE `p\nq`() SELECT 1; DROP USER a;;\nDELIMITER ;',
      'more than one statement: the procedure p q',
    ],
    [
      'CREATE TRIGGER mysql.tr BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1;',
      'the trigger mysql.tr: it belongs to another',
    ],
    ['CREATE PACKAGE words AS x int; END;', 'the package words: packages are not restored'],
    ["CREATE VIEW v AS\nSELECT 'a", '(line 3, in what begins in line 2: the view v)'],
    ['CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO\nSELECT \\x;', '(line 3, in what begins in line 2: the event e)'],
  ])('names the object, and neither damage nor check where the digest is right: %s', async (statement, why) => {
    const error = await verify('', statement).catch((thrown: UserError) => thrown)
    expect(error).toBeInstanceOf(UserError)
    const { message, hint } = error as UserError
    expect(message).toContain(why)
    expect(`${message} ${hint}`).not.toMatch(/not what was saved|read-data/)
  })

  test('speaks of damage, and not of what stands there, where the digest is wrong', async () => {
    const path = join(folder, 'spoiled.sql')
    await writeFile(path, "DROP DATABASE mysql;\nSELECT 'a")
    const expected = { name: 'spoiled', bytes: 30, sha256: '0'.repeat(64), objectsOffset: 0, tables: [] }
    await expect(verifyDump(path, expected)).rejects.toThrow('is not what was saved: its SHA-256')
    await expect(verifyDump(path, { ...expected, bytes: 3 })).rejects.toThrow('it has 30 bytes instead of 3')
  })
})

test('what the reader is not sure of is left to the server', async () => {
  const statement = 'CREATE PROCEDURE p() BEGIN SELECT /*!99999 1; */ 2; END'
  const { objects } = await verify('', `DELIMITER //\n${statement}//\nDELIMITER ;`)
  expect(objects).toEqual([statement])
})

test('the comments of versions around a statement are gone before it is sent', async () => {
  const marked = [
    '/*!50003 CREATE*/ /*!50017 DEFINER=`a  b*/`@`%`*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 6*/* x */7 */',
    '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 */\n/*!50002 WITH CASCADED CHECK OPTION */',
    '/*!50106 DROP EVENT IF EXISTS `e` */',
    'CREATE PROCEDURE p() SELECT /*!50003 1 */',
  ]
  const { objects } = await verify('', `DELIMITER ;;\n${marked.join(';;\n')};;\nDELIMITER ;`)
  expect(objects).toEqual([
    'CREATE DEFINER=`a  b*/`@`%` TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 6*/* x */7',
    'CREATE ALGORITHM=UNDEFINED DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW `v` AS select 1 WITH CASCADED CHECK OPTION',
    'DROP EVENT IF EXISTS `e`',
    'CREATE PROCEDURE p() SELECT /*!50003 1 */',
  ])
})

test('rows count for their table wherever they stand, however long they are', async () => {
  const path = join(folder, 'mixed.sql')
  const long = `(3,'${'x'.repeat(3_000_000)}')`
  const rows = { a: ['(1,NULL)', '(2,NULL)', long], b: ["(1,'b')", "(2,'bb')"] }
  const insert = (table: string, row = '') => `INSERT INTO \`${table}\` VALUES\n${row};\n`
  const text = [
    ...['a', 'b'].map((table) => `CREATE TABLE \`${table}\` (\`id\` int, \`t\` longtext);\n`),
    ...[
      insert('a', rows.a[0]),
      insert('b', rows.b[0]),
      insert('a', rows.a[1]),
      insert('a', long),
      insert('b', rows.b[1]),
    ],
  ].join('')
  await writeFile(path, text)
  const digest = (of: string) => createHash('sha256').update(of).digest('hex')
  const expected = {
    name: 'mixed',
    bytes: text.length,
    sha256: digest(text),
    objectsOffset: text.length,
    tables: Object.entries(rows).map(([name, each]) => ({
      ...{ name, rows: each.length, sha256: digest(each.map((row) => `${row}\n`).join('')) },
    })),
  }
  const { rows: ranges } = await verifyDump(path, expected)
  expect(ranges.map(({ table, start, end }) => `${table}: ${text.slice(start, end).length}`)).toEqual([
    `a: ${insert('a', rows.a[0]).length}`,
    `b: ${insert('b', rows.b[0]).length}`,
    `a: ${insert('a', rows.a[1]).length + insert('a', long).length}`,
    `b: ${insert('b', rows.b[1]).length}`,
  ])
  const [first, second] = expected.tables
  const exchanged = { ...expected, tables: [{ ...first, sha256: second?.sha256 }, second] } as typeof expected
  await expect(verifyDump(path, exchanged)).rejects.toThrow('rows of the table a differ')
})
