import { quoteName } from '../sql/quote.ts'
import type { CountableTable } from './countable-tables.ts'

/** How a table is asked for: all its values, its keys, the number of its rows, or its first and last key. */
export type QuestionKind = 'content' | 'keys' | 'count' | 'ends'

export interface Question {
  readonly table: CountableTable
  readonly kind: QuestionKind
  readonly sql: string
}

/** Measured on two cores: what is read of the rows themselves goes by bytes, and what is read of an index by rows. */
const contentBytesPerSecond = 200e6
const clusteredBytesPerSecond = 350e6
const secondsPerIndexEntry = 0.16e-6
const secondsPerKey = 0.16e-6

/** What a dump of so many bytes takes, in seconds. */
const dumpBytesPerSecond = 80e6

/** Two sessions count: together they take a tenth of what the dump takes, and a seventh of a second each is always free. */
export const secondsToCount = (tables: readonly CountableTable[]): number =>
  Math.max(0.15, (0.05 * tables.reduce((sum, { bytes }) => sum + bytes, 0)) / dumpBytesPerSecond)

/**
 * What is asked of each table, in the order in which it is asked: of small tables all there is, of larger ones what fits into
 * so many `seconds`. A table that is not asked is not among them.
 */
export const planQuestions = (tables: readonly CountableTable[], seconds: number): Question[] => {
  const asked = tables.filter(({ whyNot }) => whyNot === null).sort((one, other) => one.bytes - other.bytes)
  const kinds = new Map<CountableTable, QuestionKind>(asked.map((table) => [table, 'ends']))
  let left = seconds
  // The least for all comes before more for some.
  for (const kind of ['count', 'keys', 'content'] as const) {
    for (const table of asked) {
      const now = kinds.get(table) as QuestionKind
      if (kind !== 'count' && now === 'ends') continue
      const dearer = costOf(table, kind) - (now === 'ends' ? 0 : costOf(table, now))
      if (dearer > left) continue
      left -= Math.max(0, dearer)
      kinds.set(table, kind)
    }
  }
  return asked
    .filter((table) => kinds.get(table) !== 'ends' || table.beginsWithNumber)
    .map((table) => questionOf(table, kinds.get(table) as QuestionKind))
}

/** Seconds. */
const costOf = ({ bytes, estimate, index }: CountableTable, kind: QuestionKind): number => {
  if (kind === 'content') return bytes / contentBytesPerSecond
  const read = index === null ? bytes / clusteredBytesPerSecond : estimate * secondsPerIndexEntry
  return kind === 'keys' ? read + estimate * secondsPerKey : read
}

export const questionOf = (table: CountableTable, kind: QuestionKind): Question => ({
  table,
  kind,
  sql: `SELECT ${selectOf(table, kind)} FROM ${quoteName(table.database)}.${quoteName(table.name)}${
    table.index !== null && (kind === 'count' || kind === 'keys') ? ` FORCE INDEX (${quoteName(table.index)})` : ''
  }`,
})

const selectOf = ({ key, exactColumns }: CountableTable, kind: QuestionKind): string => {
  switch (kind) {
    case 'ends':
      return `MIN(${quoteName(key[0] ?? '')}), MAX(${quoteName(key[0] ?? '')})`
    case 'count':
      return 'COUNT(*)'
    case 'keys':
      return key.length === 0 ? 'COUNT(*)' : `COUNT(*), BIT_XOR(${checksumOf(key)})`
    case 'content':
      // A sum: in a XOR of checksums, values that two rows have exchanged cancel out.
      return exactColumns.length === 0 ? 'COUNT(*)' : `COUNT(*), IFNULL(SUM(${checksumOf(exactColumns)}), 0)`
  }
}

/** Of each column by itself: so no character set is converted, no row can be too long, and NULL is nothing else. */
const checksumOf = (columns: readonly string[]): string =>
  `CRC32(CONCAT_WS('#', ${columns.map((column) => `IFNULL(CRC32(${quoteName(column)}), 'n')`).join(', ')}))`
