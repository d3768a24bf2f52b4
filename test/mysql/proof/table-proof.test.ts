import { describe, expect, test } from 'vitest'
import { planQuestions, questionOf, secondsToCount } from '../../../src/mysql/proof/count-plan.ts'
import type { CountableTable } from '../../../src/mysql/proof/countable-tables.ts'
import { contradiction, type DumpedRows, proofOf } from '../../../src/mysql/proof/table-proof.ts'

const table = (name: string, more: Partial<CountableTable> = {}): CountableTable => ({
  database: 'dtable_db',
  name,
  storageEngine: 'InnoDB',
  transactional: true,
  whyNot: null,
  bytes: 16_384,
  estimate: 10,
  key: ['id'],
  beginsWithNumber: true,
  index: null,
  exactColumns: ['id', 'name'],
  written: null,
  ...more,
})

const mib = 1024 * 1024

describe('what is asked of a table', () => {
  const kindsOf = (tables: readonly CountableTable[], seconds = secondsToCount(tables)) =>
    planQuestions(tables, seconds).map(({ table: { name }, kind }) => `${name}: ${kind}`)

  test('is all that there is of small ones', () => {
    expect(kindsOf([table('a'), table('b'), table('c', { key: [], beginsWithNumber: false })])).toEqual([
      'a: content',
      'b: content',
      'c: content',
    ])
  })

  test('is their number by an index for a log of 30 GB, and the first and last key where no index makes that cheap', () => {
    const large = { bytes: 30_000 * mib, estimate: 60_000_000 }
    expect(kindsOf([table('a'), table('log', { ...large, index: 'op_time' })])).toEqual(['a: content', 'log: keys'])
    expect(kindsOf([table('a'), table('log', large)])).toEqual(['a: content', 'log: ends'])
    expect(kindsOf([table('a'), table('log', { ...large, beginsWithNumber: false })])).toEqual(['a: content'])
  })

  test('takes both sessions a tenth of what the dump takes, at the most', () => {
    const log = table('log', { bytes: 800 * mib, estimate: 3_000_000, index: 'op_time' })
    expect(2 * secondsToCount([log])).toBeCloseTo((0.1 * 800 * mib) / 80e6, 1)
    expect(kindsOf([log])).toEqual(['log: count'])
  })

  test('is asked by names that stay names, of each column by itself', () => {
    const odd = table('a`b', { index: 'i`', key: ['k`'], exactColumns: ['x`', 'y'] })
    expect(questionOf(odd, 'keys').sql).toBe(
      "SELECT COUNT(*), BIT_XOR(CRC32(CONCAT_WS('#', IFNULL(CRC32(`k```), 'n')))) FROM `dtable_db`.`a``b` FORCE INDEX (`i```)",
    )
    expect(questionOf(odd, 'content').sql).toBe(
      "SELECT COUNT(*), IFNULL(SUM(CRC32(CONCAT_WS('#', IFNULL(CRC32(`x```), 'n'), IFNULL(CRC32(`y`), 'n')))), 0) FROM `dtable_db`.`a``b`",
    )
  })
})

describe('what a count says against a dump', () => {
  const dumped = (rows: number, first = '(1,', last = '(9,'): DumpedRows => ({
    rows,
    ends: rows === 0 ? null : { first: `${first}'x')`, last: `${last}'y')` },
  })
  const says = (
    kind: Parameters<typeof questionOf>[1],
    before: string[] | null,
    after: string[] | null,
    written: number,
    rows: DumpedRows,
  ) => {
    const question = questionOf(table('t'), kind)
    const proof = proofOf({ question, before: before && [before], after: after && [after], written })
    return [proof.kind, contradiction(proof, rows, written)]
  }

  test.each<[what: string, found: ReturnType<typeof says>, expected: ReturnType<typeof says>]>([
    ['the same', says('content', ['5', '77'], ['5', '77'], 0, dumped(5)), ['content', null]],
    [
      'a row too few of a table that nobody wrote to',
      says('content', ['5', '77'], ['5', '77'], 0, dumped(4)),
      ['content', 'has 4 rows in the dump, and the server counts 5'],
    ],
    [
      'a row too many of it',
      says('keys', ['5', '77'], ['5', '77'], 0, dumped(6)),
      ['count', 'has 6 rows in the dump, and the server counts 5'],
    ],
    ['between the two counts', says('count', ['5'], ['9'], 4, dumped(7)), ['count', null]],
    ['rows that came and went', says('count', ['5'], ['5'], 4, dumped(7)), ['count', null]],
    ['rows that went and came', says('content', ['5', '77'], ['5', '77'], 4, dumped(3)), ['count', null]],
    [
      'more than was written',
      says('count', ['5'], ['5'], 4, dumped(10)),
      ['count', 'has 10 rows in the dump, and the server counts 5'],
    ],
    [
      'fewer than was written explains',
      says('count', ['90'], ['95'], 4, dumped(85)),
      ['count', 'has 85 rows in the dump, and the server counts 90 before and 95 after it'],
    ],
    ['no answer in time', says('count', null, ['5'], 0, dumped(0)), ['none', null]],
    ['the same ends', says('ends', ['1', '9'], ['1', '9'], 0, dumped(5)), ['keys', null]],
    [
      'the last ones of a log that grew',
      says('ends', ['1', '9'], ['1', '12'], 9, dumped(5, '(1,', '(11,')),
      ['keys', null],
    ],
    [
      'an end that is cut off',
      says('ends', ['1', '9'], ['1', '9'], 0, dumped(5, '(1,', '(7,')),
      ['keys', 'begins with 1 and ends with 7 in the dump, and in the server with 1 and 9'],
    ],
    [
      'a beginning that is cut off',
      says(
        'ends',
        ['-3', '18446744073709551615'],
        ['-3', '18446744073709551615'],
        0,
        dumped(5, '(2,', '(18446744073709551615,'),
      ),
      ['keys', expect.stringMatching(/^begins with 2 /)] as unknown as ReturnType<typeof says>,
    ],
    [
      'nothing of a table that has rows',
      says('ends', ['1', '9'], ['1', '9'], 0, dumped(0)),
      ['keys', 'has no rows in the dump, and the server has some'],
    ],
    ['nothing of an empty one', says('ends', ['NULL', 'NULL'], ['NULL', 'NULL'], 0, dumped(0)), ['keys', null]],
    [
      'rows of an empty one',
      says('ends', ['NULL', 'NULL'], ['NULL', 'NULL'], 0, dumped(2)),
      ['keys', 'has rows in the dump, and the server has none'],
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toEqual(expected)
  })
})
