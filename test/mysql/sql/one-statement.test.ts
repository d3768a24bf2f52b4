import { describe, expect, test } from 'vitest'
import { isChangedByClient } from '../../../src/mysql/sql/client-lines.ts'
import { countStatements } from '../../../src/mysql/sql/one-statement.ts'
import { type Reading, usual } from '../../../src/mysql/sql/session-reading.ts'

const procedure = (body: string) => `CREATE DEFINER=\`root\`@\`%\` PROCEDURE \`p\`(IN a decimal(10,2), b int)\n${body}`

const evil = 'DROP USER x'

describe('what the server takes for one statement', () => {
  test.each([
    ['a view', 'CREATE ALGORITHM=UNDEFINED DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW `v` AS select 1 AS `x;y`'],
    ['a string', procedure(`SELECT 'a;b', "c;d", 'it''s;', 'e\\';f'`)],
    ['a comment', procedure('SELECT 1 /* a; b */ # c; d\n -- e; f')],
    ['a block', procedure('BEGIN SELECT 1; SELECT 2; END')],
    ['an empty block', procedure('BEGIN END')],
    [
      'blocks in blocks',
      procedure('outer: BEGIN DECLARE x int; BEGIN SELECT 1; END; inner: BEGIN END inner; END outer'),
    ],
    [
      'what is said of a routine',
      procedure("DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER COMMENT 'a;b' BEGIN DO 1; END"),
    ],
    [
      'a function',
      'CREATE FUNCTION `f`(a int) RETURNS varchar(20) CHARSET utf8mb4 COLLATE utf8mb4_bin NO SQL\nBEGIN RETURN a; END',
    ],
    ['a function of a set', "CREATE FUNCTION f() RETURNS set('a;','b') CHARACTER SET latin1 BEGIN RETURN 'a'; END"],
    ['branches', procedure('IF a = 1 THEN DO 1; ELSEIF (a = 2) THEN DO 2; DO 3; ELSE DO 4; END IF')],
    ['cases', procedure('CASE a WHEN 1 THEN DO 1; WHEN 2 THEN BEGIN END; ELSE DO 3; END CASE')],
    ['cases without a value', procedure('BEGIN CASE WHEN a > 1 THEN DO 1; WHEN b THEN DO 2; END CASE; END')],
    ['a CASE in a statement', procedure("BEGIN SET @x = CASE a WHEN 1 THEN 'b' ELSE 'c' END; SELECT if(a, 1, 2); END")],
    [
      'loops',
      procedure('BEGIN l: LOOP LEAVE l; END LOOP l; WHILE a DO DO 1; END WHILE; REPEAT DO 1; UNTIL a END REPEAT; END'),
    ],
    ['a loop over rows', procedure('FOR r IN (SELECT 1) DO SELECT r.x; END FOR')],
    [
      'handlers',
      procedure(
        "BEGIN DECLARE EXIT HANDLER FOR NOT FOUND, SQLSTATE VALUE '23000', 1062 BEGIN ROLLBACK; END; DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @x = 1; DO 1; END",
      ),
    ],
    ['numbers', procedure('BEGIN SELECT 1.5, .5, 1., 1e3, 0x1F, t.1, -1.5e-3; FOR i IN 1..3 DO DO i; END FOR; END')],
    ['a number before the end of a CASE', procedure('IF CASE WHEN a THEN 1. ELSE @b.c END > 0 THEN DO 1; END IF')],
    ['a user without quotes', "CREATE DEFINER=root@localhost PROCEDURE p() BEGIN SET @'x' = 1; END"],
    ['columns with the names of blocks', procedure('BEGIN SELECT t.begin, `end`, t.if FROM t; END')],
    [
      'marks that every server reads',
      '/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN DO 1; END */',
    ],
    [
      'a trigger that follows another',
      'CREATE TRIGGER t AFTER UPDATE ON `for` FOR EACH ROW FOLLOWS other BEGIN DO 1; END',
    ],
    [
      'an event',
      "/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`b`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' COMMENT 'x' DO BEGIN DO 1; END */",
    ],
  ])('%s', (_, text) => {
    expect(countStatements(text, usual)).toBe('one')
    expect(countStatements(`${text}\n; ${evil}`, usual)).not.toBe('one')
  })

  test.each<[string, string, Partial<Reading>?]>([
    ['names that begin with digits', procedure('BEGIN SELECT 2fa_ok, t.2fa_ok, 1e, 0x, 0b2, 1_0 FROM 3d; END')],
    ['an operator before a comment', procedure('BEGIN SELECT 6*/* x; */7, 1-- 2; y\n, 6/* ; *// 2; END')],
    ['numbers with a word behind them', procedure('BEGIN IF 1.5THEN DO 1; END IF; IF 1e3THEN DO 1; END IF; END')],
    ['names with a gap behind the dot', procedure('BEGIN SELECT t. end, t .begin, .t.if FROM t; END')],
    ['literals with a letter', procedure("BEGIN SELECT n'a;', N'b;', x'3b', B'0', _utf8mb4'c;', 0x3b; END")],
    ['strings that stand side by side', procedure(`BEGIN SELECT 'a;' 'b''\\';' "c;"; END`)],
    ['variables', procedure("BEGIN SET @`a;b` = @'c;d', @e.f = @@global.`sort_buffer_size`, @@x = 1; END")],
    ['operators', procedure("BEGIN SELECT a->'$.x', a->>'$.y', a<=>b, a||b, a&&b, !a, ~a, a:=1, a<<b; END")],
    ['a hint', procedure('BEGIN SELECT /*+ MAX_EXECUTION_TIME(1000); */ 1; END')],
    ['dashes that are no comment', procedure('BEGIN SELECT 1--1, 2--a; END')],
    ['a string of a name under ANSI_QUOTES', procedure('BEGIN SELECT "a;\\"; END'), { ansiQuotes: true }],
    ['a backslash at the end of a string', procedure("BEGIN SELECT 'a;\\'; END"), { backslashEscapes: false }],
    ['characters of sjis', procedure("BEGIN SELECT '\x95\\;', `\x95`;`; END"), { characters: 'sjis' }],
    ['characters of gbk', procedure("BEGIN SELECT '\xd5\\;', `\xd5`;`; END"), { characters: 'gbk' }],
    ['characters of big5', procedure("BEGIN SELECT '\xa5\\;', `\xa5`;`; END"), { characters: 'big5' }],
    ['characters of gb18030', procedure("BEGIN SELECT '\x81\x30\x81\x30\xd5\\;'; END"), { characters: 'gb18030' }],
    ['a dollar quote', 'CREATE FUNCTION f() RETURNS int LANGUAGE JAVASCRIPT AS $$ ";;` $$', { dollarQuotes: true }],
    ['a dollar quote with a tag', 'CREATE FUNCTION f() RETURNS int AS $js$ $$;;` $js$', { dollarQuotes: true }],
  ])('%s', (_, text, reading: Partial<Reading> = {}) => {
    expect(countStatements(text, { ...usual, ...reading })).toBe('one')
    expect(countStatements(`${text}\n; ${evil}`, { ...usual, ...reading })).not.toBe('one')
  })

  test.each<[string, string, Partial<Reading>?]>([
    ['behind a view', `CREATE VIEW v AS SELECT 1; ${evil}`],
    ['behind a simple body', procedure(`SELECT 1; ${evil}`)],
    ['behind a block', procedure(`BEGIN SELECT 1; END; ${evil}`)],
    ['behind a block with a name', procedure(`x: BEGIN SELECT 1; END x; ${evil}`)],
    ['before what looks like the end', procedure(`SELECT begin; ${evil}; SELECT 1 AS END`)],
    ['behind an assignment that looks like a block', procedure(`SET begin = 1; ${evil}; END`)],
    ['behind a function that looks like a branch', procedure(`BEGIN SELECT 1; END; IF(1); ${evil}; END IF`)],
    [
      'behind names that look like the end of a CASE',
      procedure(`IF CASE WHEN end THEN if(a, b, c) END THEN SELECT 1; END IF; ${evil}; END IF`),
    ],
    ['behind a CASE with a name that looks like a THEN', procedure(`IF a.then = 1 THEN DO 1; END IF; ${evil}; DO 1`)],
    ['behind a WHILE over a name', procedure(`WHILE do AND begin DO DO 1; END WHILE; ${evil}; END`)],
    ['behind an END IF that ends nothing', procedure(`BEGIN DO 1; END IF; ${evil}; END`)],
    ['behind a body of several names', `CREATE DEFINER=trigger@x PROCEDURE p() SELECT 1; ${evil} /* FOR EACH ROW */`],
    [
      'behind the name of a window that looks like the end of a CASE',
      procedure(`IF CASE WHEN COUNT(*) OVER end THEN IF(1,2,3) ELSE 4 END THEN DO 1; END IF; ${evil}; DO 1; END IF`),
    ],
    [
      'behind a table that looks like the DO of an event',
      `CREATE EVENT e ON SCHEDULE AT 20350101000000. DO SELECT 1 FROM do begin WHERE 1; ${evil}; DO 1; END`,
    ],
    [
      'behind a variable with a dot',
      `CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS IF(@x. := '1','2',0) ENDS @x. DO SELECT 1 FROM do begin WHERE 1; ${evil}; END`,
    ],
    ['behind an event', `CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT begin; ${evil}`],
    ['in a package', `CREATE PACKAGE p AS PROCEDURE a(); ${evil}; END`],
    ['in a block that does not end', procedure(`BEGIN SELECT 1; ${evil};`)],
    ['behind a string in the other quotes', procedure(`SELECT "a\\"; ${evil}; -- "`), { ansiQuotes: true }],
    ['behind a string with a backslash', procedure(`SELECT 'a\\'; ${evil}; -- '`), { backslashEscapes: false }],
    ['in Oracle’s grammar', procedure('BEGIN NULL; END'), { oracle: true }],
  ])('not one with another %s', (_, text, reading: Partial<Reading> = {}) => {
    expect(countStatements(text, { ...usual, ...reading })).not.toBe('one')
  })

  test.each<[string, string, Partial<Reading>?]>([
    ['a mark of a version', procedure(`BEGIN /*!99999 BEGIN */ DO 1; END; ${evil}; /*!99999 END */`)],
    [
      'a number with a keyword behind it',
      `CREATE EVENT e ON SCHEDULE AT 20350101e6DO SELECT 1 FROM do begin; ${evil}; END`,
    ],
    [
      'a fraction with a keyword behind it',
      `CREATE EVENT e ON SCHEDULE AT 1+.0DO SELECT 1 FROM do begin; ${evil}; END`,
    ],
    ['a name in a wide character', 'DROP TABLE IF EXISTS `x\x81``, other.victim #`', { characters: 'other' }],
    [
      'a library in a wide character',
      "CREATE FUNCTION `f\x81`` RETURNS STRING SONAME 'x' #`()`",
      { characters: 'other' },
    ],
    ['a mark of a longer version', procedure(`BEGIN /*!500031 BEGIN */ DO 1; END; ${evil}; END`)],
    ['a mark of MariaDB', procedure(`BEGIN /*M!100000 BEGIN */ DO 1; END; ${evil}; END`)],
    ['a mark in a mark', procedure('BEGIN /*!50003 /*!50003 DO 1; */ */ END')],
    ['the end of a mark that did not begin', procedure('BEGIN DO 1; */ END')],
    ['a comment that does not end', procedure(`BEGIN DO 1; END /* ; ${evil}`)],
    ['a string that does not end', procedure("BEGIN DO 1; END '")],
    ['dashes before a zero byte', procedure(`BEGIN DO 1; --\0 END; ${evil};\nEND`)],
    ['dashes before a space of latin1', procedure(`BEGIN DO 1; --\xa0 END; ${evil};\nEND`)],
    ['a backslash in a wide character', procedure(`SELECT '\x81\\'; ${evil}; -- '`), { characters: 'other' }],
    [
      'a keyword beside a space of latin1',
      procedure(`BEGIN DO 1; END\xa0; ${evil}; END`),
      { characters: 'single byte' },
    ],
  ])('nothing for sure with %s', (_, text, reading: Partial<Reading> = {}) => {
    expect(countStatements(text, { ...usual, ...reading })).not.toBe('one')
  })

  test.each([
    procedure(`BEGIN\nSELECT 1 AS\ndelimiter -\n- 1; BEGIN SELECT 2\n; END; ${evil}; END`),
    `CREATE VIEW v AS SELECT '\nd\xe9limiter', 1 -\n- 2, '\n; ${evil}; -- '`,
    procedure(`SELECT '\nDelimiter\\\n', '; ${evil}; -- '`),
    'delimiter -\n- 1',
  ])('is not what a client sends that takes a line for a DELIMITER: %s', (text) => {
    expect(isChangedByClient(text)).toBe(true)
  })

  test.each([
    procedure("SELECT 'a\ndelimiter ;;\nb' /* c\ndelimiter\nd */"),
    procedure('SELECT 1 AS a_delimiter\n, 2 AS\n  delimiter'),
  ])('is what a client sends that knows where a line stands: %s', (text) => {
    expect(isChangedByClient(text)).toBe(false)
  })
})
