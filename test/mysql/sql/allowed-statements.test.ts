import { describe, expect, test } from 'vitest'
import { isObjectStatement, isSessionSetting, objectOf } from '../../../src/mysql/sql/allowed-statements.ts'
import { usual } from '../../../src/mysql/sql/session-reading.ts'

const readingOf = (statement: string) => ({ ...usual, ansiQuotes: statement.includes('DEFINER="') })

describe('a setting around the statements of a dump', () => {
  test.each([
    '/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */',
    '/*!40101 SET NAMES utf8mb4 */',
    "/*!40103 SET TIME_ZONE='+00:00' */",
    "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */",
    '/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */',
    '/*M!100616 SET @OLD_NOTE_VERBOSITY=@@NOTE_VERBOSITY, NOTE_VERBOSITY=0 */',
    '/*M!100616 SET NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY */',
    'SET @saved_cs_client     = @@character_set_client',
    '/*!50503 SET character_set_client = utf8mb4 */',
    '/*!50003 SET sql_mode              = @saved_sql_mode */',
    '/*!50106 SET TIME_ZONE= @save_time_zone */',
    'ALTER DATABASE CHARACTER SET = utf8mb3 COLLATE = utf8mb3_general_ci',
    'ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_swedish_ci',
  ])('is what a client writes: %s', (statement) => {
    expect(isSessionSetting(statement)).toBe(true)
  })

  test.each([
    'SET GLOBAL max_connections = 1',
    'SET  GLOBAL max_connections = 1',
    'SET /**/ GLOBAL max_connections = 1',
    'SET @x = @@sql_mode, GLOBAL max_connections = 1',
    'SET @@GLOBAL.max_connections = 1',
    "SET PASSWORD = PASSWORD('x')",
    'SET ROLE admin',
    'SET STATEMENT max_statement_time = 1 FOR DROP DATABASE mysql',
    'SET sql_log_bin = 0',
    'SET sql_mode = 1048576',
    "SET @m = 'NO_BACKSLASH_ESCAPES'",
    'SET @x = (SELECT SLEEP(1))',
    "SET time_zone = 'a'; DROP DATABASE mysql",
    'ALTER DATABASE mysql CHARACTER SET latin1 COLLATE latin1_bin',
  ])('is nothing else: %s', (statement) => {
    expect(isSessionSetting(statement)).toBe(false)
  })
})

describe('a statement that makes what is not a table', () => {
  test.each([
    '/*!50001 DROP VIEW IF EXISTS `a_view`*/',
    '/*!50106 DROP EVENT IF EXISTS `an event` */',
    '/*!50003 DROP PROCEDURE IF EXISTS `p` */',
    'DROP TABLE IF EXISTS `a_view`',
    '/*!50001 CREATE VIEW `a_view` AS SELECT\n 1 AS `id` */',
    '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 */\n/*!50002 WITH CASCADED CHECK OPTION */',
    '/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50013 DEFINER=`nobody`@`nowhere` SQL SECURITY INVOKER */ /*!50001 VIEW `v` (`a`,`b`) AS select 1,2 */',
    '/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER first BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1 */',
    '/*!50003 CREATE*/ /*!50017 DEFINER=``@`%`*/ /*!50003 TRIGGER dtable_db.first\nAFTER DELETE ON dtable_db.t FOR EACH ROW SET @a = 1 */',
    'CREATE DEFINER=`root`@`localhost` FUNCTION `f`(n int) RETURNS int RETURN 1',
    'CREATE DEFINER="root"@"localhost" PROCEDURE "p"()\nSELECT id AS "a;b" FROM "t"',
    'CREATE DEFINER=`root`@`localhost` PROCEDURE `p``q`(OUT total int)\nBEGIN\n  DROP DATABASE other;\nEND',
    '/*!50106 CREATE*/ /*!50117 DEFINER=`root`@`localhost`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY DISABLE DO DO 1 */',
    'CREATE DEFINER=`a*/b;`@`%` TRIGGER /* before ( */ `t\nr` -- x\n/* y */ BEFORE INSERT ON `t` FOR EACH ROW SET @a = 1',
    'CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER JSON DUALITY VIEW `v` AS SELECT 1',
    'CREATE JSON RELATIONAL DUALITY VIEW `v` AS SELECT 1',
    'CREATE PROCEDURE 2fa_ok() SELECT /*!99999 1 */ 2',
    'CREATE OR REPLACE DEFINER=`root`@`localhost` PACKAGE BODY `p` AS PROCEDURE a() AS BEGIN NULL; END; END',
  ])('is what a client writes: %s', (statement) => {
    expect(isObjectStatement(statement, 'dtable_db', readingOf(statement))).toBe(true)
  })

  test.each([
    'DROP DATABASE mysql',
    'DROP TABLE IF EXISTS `mysql`.`user`',
    'DROP TABLE IF EXISTS `a`, `mysql`.`user`',
    '/*!50001 DROP VIEW IF EXISTS `a`*/, `mysql`.`b`',
    "CREATE USER evil IDENTIFIED BY 'x'",
    'CREATE DATABASE other',
    'CREATE TABLE `x` (id int)',
    "CREATE FUNCTION evil RETURNS STRING SONAME 'evil.so'",
    'CREATE DEFINER=`root`@`localhost` PROCEDURE `mysql`.`p`() DO 1',
    'CREATE TRIGGER ccnet_db.x BEFORE INSERT ON ccnet_db.t FOR EACH ROW SET @a = 1',
    'CREATE /*!99999 VIEW v AS */ USER evil',
    'CREATE /*M!200000 VIEW v AS */ USER evil',
    'CREATE SERVER evil FOREIGN DATA WRAPPER mysql OPTIONS (USER 1)',
    'CREATE EVENT `e` COMMENT 1',
    'GRANT ALL ON *.* TO root',
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE t",
    '\\! touch /tmp/x',
    'DROP VIEW IF EXISTS dtable_db.`a`',
    'DROP TABLE IF EXISTS `a` /*!99999 , `mysql`.`user` */',
    'DROP TABLE IF EXISTS `a` CASCADE',
    'CREATE /* VIEW v AS */ USER evil',
    'CREATE FUNCTION /*(*/ evil RETURNS STRING SONAME "evil.so"',
    'CREATE FUNCTION evil `(` RETURNS STRING SONAME "evil.so"',
    'CREATE VIEW -- v AS\n mysql.v AS SELECT 1',
    'CREATE PROCEDURE `dtable_db` . `x` . `p`() DO 1',
    'CREATE DEFINER=a PROCEDURE /*!99999 dtable_db. */ mysql.p() DO 1',
    'CREATE LIBRARY `l` LANGUAGE JAVASCRIPT AS $$ $$',
    'CREATE AGGREGATE VIEW v AS SELECT 1',
  ])('is nothing else: %s', (statement) => {
    expect(isObjectStatement(statement, 'dtable_db', readingOf(statement))).toBe(false)
  })
})

test.each([
  ['CREATE DEFINER=`a`@`b` VIEW `v\nw` AS SELECT 1', { kind: 'VIEW', name: 'v\nw' }],
  ['CREATE TRIGGER /* c */ 2fa BEFORE INSERT ON t FOR EACH ROW SET @a = 1', { kind: 'TRIGGER', name: '2fa' }],
  ['CREATE DEFINER="a"@"b" FUNCTION d."f""g"() RETURNS int RETURN 1', { kind: 'FUNCTION', name: 'f"g' }],
  ['CREATE PROCEDURE `\xc3\xa9`() DO 1', { kind: 'PROCEDURE', name: 'é' }],
  ['DROP VIEW IF EXISTS `v`', null],
  ["SET sql_mode = ''", null],
])('knows what it makes: %s', (statement, expected) => {
  expect(objectOf(statement)).toEqual(expected)
})
