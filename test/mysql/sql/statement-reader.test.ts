import { describe, expect, test } from 'vitest'
import { MalformedDump } from '../../../src/mysql/sql/malformed-dump.ts'
import { StatementReader } from '../../../src/mysql/sql/statement-reader.ts'

/** What the reader makes of a text, whatever the size of the pieces it comes in. */
const read = (sql: string, pieceSize = 1 << 20): string[] => {
  const seen: string[] = []
  const reader = new StatementReader({
    row: ({ table }, bytes, start, end) => seen.push(`row of ${table}: ${bytes.toString('utf8', start, end)}`),
    statement: (text, delimiter) => seen.push(`statement${delimiter === ';' ? '' : ` to ${delimiter}`}: ${text}`),
    comment: (line) => seen.push(`comment: ${line}`),
  })
  const bytes = Buffer.from(sql)
  for (let at = 0; at < bytes.length; at += pieceSize) reader.write(bytes.subarray(at, at + pieceSize))
  reader.end()
  return seen
}

describe('the statement reader', () => {
  test('takes a row per line of the client, with and without a list of columns', () => {
    expect(read("INSERT INTO `a` VALUES (1,'x;y');\nINSERT INTO `b``c` (`d)`, `e`) VALUES (2,NULL);\n")).toEqual([
      "row of a: (1,'x;y')",
      'row of b`c: (2,NULL)',
    ])
  })

  test('takes the rows of a statement that stand on lines of their own', () => {
    expect(read("INSERT INTO `a` VALUES\n(1,'),'),\n(2,');');\nSELECT 1;\n")).toEqual([
      "row of a: (1,'),')",
      "row of a: (2,');')",
      'statement: SELECT 1',
    ])
  })

  test('takes names with line breaks, in a row as in a statement', () => {
    const rows =
      'INSERT INTO `a\nb` VALUES (1);\nINSERT INTO `a\nb` VALUES (2);\nINSERT INTO `c` (`d\n`, `;\n)`) VALUES (3);\n'
    const own = 'INSERT INTO `a\nb` VALUES\n(4),\n(5);\nDROP TABLE `a\n;b`;\n'
    const expected = [
      'row of a\nb: (1)',
      'row of a\nb: (2)',
      'row of c: (3)',
      'row of a\nb: (4)',
      'row of a\nb: (5)',
      'statement: DROP TABLE `a\n;b`',
    ]
    expect(read(rows + own)).toEqual(expected)
    expect(read(rows + own, 1)).toEqual(expected)
  })

  test('knows where the rows of a name with line breaks begin', () => {
    const text = '-- x\nINSERT INTO `a\nb` VALUES\n(1);\nINSERT INTO `a\nb` VALUES\n(2);\n'
    const places: number[][] = []
    const note = () => places.push([reader.insertAt, reader.insertLine, reader.position, reader.line])
    const reader = new StatementReader({ row: note, statement: () => {}, comment: () => {} })
    reader.write(Buffer.from(text))
    const second = text.lastIndexOf('INSERT')
    expect(places).toEqual([
      [text.indexOf('INSERT'), 2, second, 4],
      [second, 5, text.length, 7],
    ])
  })

  test('reads strings by the character set of the session', () => {
    const text = (set: string, bytes: string) => `SET character_set_client = ${set};\nSELECT '${bytes}';\nSELECT 2;\n`
    for (const [set, bytes] of [
      ['sjis', '\x95\\'],
      ['cp932', '\x95\\'],
      ['gbk', '\xd5\\'],
      ['big5', '\xa5\\'],
    ] as const) {
      const seen: string[] = []
      const reader = new StatementReader({ row: () => {}, statement: (of) => seen.push(of), comment: () => {} })
      reader.write(Buffer.from(text(set, bytes), 'latin1'))
      reader.end()
      expect(seen).toHaveLength(3)
    }
  })

  test('takes what stands between dollars for a string where the server is MySQL 9, and only there', () => {
    const body = "CREATE FUNCTION f() RETURNS int LANGUAGE JAVASCRIPT AS $js$ for (;;) { // don't\n `$$` } $js$"
    const text = (version: string) => `-- Server version\t${version}\nDELIMITER ;;\n${body} ;;\nDELIMITER ;\n`
    expect(read(text('9.7.4'))).toEqual(['comment: -- Server version\t9.7.4', `statement to ;;: ${body}`])
    for (const version of ['8.0.36', '11.8.9-MariaDB', '5.5.5-10.4.1-MariaDB']) {
      expect(() => read(text(version))).toThrow(MalformedDump)
    }
  })

  test('gives the same whether the text comes whole or byte by byte', () => {
    const sql =
      "-- x\nCREATE TABLE `a` (\n  b int -- don't; stop\n);\nINSERT INTO `a` VALUES (1);\nDELIMITER ;;\nx;y ;;\n"
    expect(read(sql, 1)).toEqual(read(sql))
    expect(read(sql)).toHaveLength(4)
  })

  test('does not end a statement inside a string, a name or a comment', () => {
    expect(read(`SELECT 'a;b\\';c', "d;e", \`f;g\` /* h;i */ # j;k'\n -- l;m"\n;\n`)).toHaveLength(1)
  })

  test('knows that a backslash escapes nothing inside a name', () => {
    expect(read('CREATE TABLE `a\\`;\nSELECT 1;\n')).toHaveLength(2)
  })

  test('sees the delimiter inside a conditional comment, as the client does', () => {
    expect(read('/*!40101 SET a = 1 */;\n/*M!100100 SET b = 2 */;\n')).toEqual([
      'statement: /*!40101 SET a = 1 */',
      'statement: /*M!100100 SET b = 2 */',
    ])
  })

  test('takes a routine’s body whole, whatever its lines look like', () => {
    const body =
      "CREATE PROCEDURE p()\nBEGIN\nUSE x;\n-- Dump completed\nINSERT INTO `a` VALUES (1);\nSELECT ';;\nDELIMITER ;\n';\nEND"
    expect(read(`DELIMITER ;;\n${body} ;;\nDELIMITER ;\n`)).toEqual([`statement to ;;: ${body}`])
  })

  test('ends a string at the quote after a backslash under NO_BACKSLASH_ESCAPES', () => {
    expect(read("/*!50003 SET sql_mode = 'NO_BACKSLASH_ESCAPES' */ ;\nSELECT '\\' ;\nSELECT 2 ;\n")).toHaveLength(3)
  })

  test('follows the sql_mode through the variables that keep it', () => {
    const sql =
      "SET sql_mode = 'NO_BACKSLASH_ESCAPES';\nSET @saved = @@sql_mode;\nSET sql_mode = '';\nSET sql_mode = @saved;\n"
    expect(read(`${sql}SELECT '\\';\nSELECT 2;\n`)).toHaveLength(6)
  })

  test('reads all values of a SET before it follows any, as the server does', () => {
    const sql = "SET sql_mode = 'NO_BACKSLASH_ESCAPES';\nSET sql_mode = '', @x = @@sql_mode;\nSET sql_mode = @x;\n"
    expect(read(`${sql}SELECT '\\';\nSELECT 2;\n`)).toHaveLength(5)
  })

  test('refuses a command of the client, which stands outside of any string', () => {
    expect(() => read("SELECT '\\C'; SELECT \\C gbk 1;\n")).toThrow(MalformedDump)
    expect(read("SELECT \\N, '\\! x';\n")).toHaveLength(1)
  })

  test('keeps a byte that latin1 would call white space', () => {
    expect(read('SELECT à;\n')).toEqual([`statement: SELECT ${Buffer.from('à').toString('latin1')}`])
  })

  test('takes MariaDB’s sandbox line for a comment', () => {
    expect(read('/*M!999999\\- enable the sandbox mode */ \nSELECT 1;\n')).toEqual([
      'comment: /*M!999999\\- enable the sandbox mode */',
      'statement: SELECT 1',
    ])
  })

  test('takes nothing for a comment that stands behind a sandbox mark on its line', () => {
    expect(() => read('/*M!999999\\- x */ SELECT 1;\n')).toThrow(MalformedDump)
    expect(() => read('/*!999999\\- */SELECT 1;\n')).toThrow(MalformedDump)
  })

  test('takes two dashes for a comment only before ASCII white space, as the client and the server do', () => {
    expect(() => read('--\0 SELECT 1;\n')).toThrow(MalformedDump)
    expect(read('--\tx;\n--\nSELECT 1;\n')).toEqual(['comment: --\tx;', 'comment: --', 'statement: SELECT 1'])
    const reader = new StatementReader({ row: () => {}, statement: (text) => seen.push(text), comment: () => {} })
    const seen: string[] = []
    reader.write(Buffer.from('--\xa0;SELECT 1;\n', 'latin1'))
    expect(seen).toEqual(['--\xa0', 'SELECT 1'])
  })

  test.each([
    ['a variable that keeps another setting', 'SET @x = @@net_write_timeout;\nSET sql_mode = @x;\n'],
    ['a variable that nobody has set', 'SET sql_mode = @saved_sql_mode;\n'],
    ['a character set out of a mode', 'SET @x = @@sql_mode;\nSET character_set_client = @x;\n'],
    [
      'a variable that has kept another setting since',
      'SET @x = @@sql_mode;\nSET @x = @@group_concat_max_len;\nSET sql_mode = @x;\n',
    ],
    ['a comment that some servers skip', "/*!99999 SET sql_mode = 'ANSI_QUOTES' */;\n"],
    ['a comment that only MariaDB reads', "/*M!100000 SET sql_mode = 'ANSI_QUOTES' */;\n"],
    ['a name in a comment that some servers skip', '/*!80000 SET NAMES gbk */;\n'],
  ])('refuses a setting by which servers read statements differently: %s', (_, sql) => {
    expect(() => read(sql)).toThrow(MalformedDump)
  })

  test.each([
    ['a row', "INSERT INTO `a` VALUES (1,'x"],
    ['a row of a longer statement', "INSERT INTO `a` VALUES\n(1,'x'),\n(2,"],
    ['the rows of a statement', "INSERT INTO `a` VALUES\n(1,'x'),\n"],
    ['a statement', 'CREATE TABLE `a` (b int'],
    ['a string', "SELECT 'a;\n"],
  ])('refuses a text that is cut in %s', (_, sql) => {
    expect(() => read(sql)).toThrow(MalformedDump)
  })
})
