import type { Client } from '../client/client.ts'
import { quoteText } from '../sql/quote.ts'

/** What must be known of a table to ask the server how many rows it has, by another way than a dump takes. */
export interface CountableTable {
  readonly database: string
  readonly name: string
  readonly storageEngine: string
  /** True for InnoDB and its like: a transaction holds still what it reads of it. */
  readonly transactional: boolean
  /** Why it is not counted, as a sentence; null when it can be. */
  readonly whyNot: string | null
  /** Bytes of data without indexes, as the server estimates them. */
  readonly bytes: number
  /** Rows, as the server estimates them. */
  readonly estimate: number
  /** The columns of its primary key, in order; none when it has none. */
  readonly key: readonly string[]
  /** True when the first column is the primary key and a whole number: a dump tells the first and the last one. */
  readonly beginsWithNumber: boolean
  /** The secondary index with the shortest entries that holds every row once; null when there is none. */
  readonly index: string | null
  /** The columns whose values are read back from a dump exactly as they were, by any server of the same version. */
  readonly exactColumns: readonly string[]
  /** When it was last written to, as the server says it: seconds since 1970; null: not since it was opened. */
  readonly written: number | null
}

/** One row a table: database, name, and when it was last written to. */
export const lastWritten = (databases: readonly string[]): string =>
  `SELECT TABLE_SCHEMA, TABLE_NAME, UNIX_TIMESTAMP(UPDATE_TIME) FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (${databases.map(quoteText).join(',')}) AND TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE')`

/** Lists the tables of these databases with what is needed to count them. */
export const readCountableTables = async (
  client: Client,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<CountableTable[]> => {
  if (databases.length === 0) return []
  const these = databases.map(quoteText).join(',')
  const rows = await client.ask(
    [
      `SELECT 'table', TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, IFNULL(ENGINE, ''), IFNULL(DATA_LENGTH, 0), IFNULL(TABLE_ROWS, 0), UNIX_TIMESTAMP(UPDATE_TIME) FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (${these}) AND TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE')`,
      `SELECT 'column', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, IFNULL(GENERATION_EXPRESSION, ''), COALESCE(CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, 8) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN (${these}) ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`,
      // Every column: those that say that an index cannot be used have other names on each kind of server.
      `SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA IN (${these}) ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
    ],
    { task: 'Listing what can be counted', ...(signal ? { signal } : {}) },
  )
  const columns = groupBy(
    rows.filter(([kind]) => kind === 'column'),
    (row) => `${row[1]}\0${row[2]}`,
  )
  const parts = groupBy(rows.filter(([kind]) => kind === 'def').map(indexPart), ({ table }) => table)
  return rows
    .filter(([kind]) => kind === 'table')
    .map(([, database = '', name = '', type = '', storageEngine = '', bytes, estimate, written]) => {
      const id = `${database}\0${name}`
      const ownColumns = columns.get(id) ?? []
      const indexes = [...groupBy(parts.get(id) ?? [], ({ index }) => index)]
      const key = indexes.find(([index]) => index === 'PRIMARY')?.[1].map(({ column }) => column ?? '') ?? []
      const widths = new Map(ownColumns.map((column) => [column[3] ?? '', Number(column[6])]))
      const [first] = ownColumns
      return {
        database,
        name,
        storageEngine,
        transactional: transactionalEngines.test(storageEngine),
        whyNot: whyNot(type, storageEngine),
        bytes: Number(bytes),
        estimate: Number(estimate),
        key,
        beginsWithNumber: key.length === 1 && first?.[3] === key[0] && wholeNumbers.test(first?.[4] ?? ''),
        index: shortestIndex(indexes, widths),
        exactColumns: ownColumns
          .filter((column) => column[5] === '' && exactTypes.test(column[4] ?? ''))
          .map((column) => column[3] ?? ''),
        written: secondsOf(written),
      }
    })
}

/** What the server says of a time; NULL is null. */
export const secondsOf = (text: string | undefined): number | null =>
  text === undefined || text === 'NULL' ? null : Number(text)

const transactionalEngines = /^(innodb|rocksdb|tokudb)$/i

/** Engines whose rows lie elsewhere: a dump program leaves some of them out, and to count them can take for ever. */
const elsewhere = /^(mrg_myisam|mrg_isam|federated|federatedx|connect|spider|blackhole|oqgraph|s3|)$/i

const whyNot = (type: string, storageEngine: string): string | null => {
  if (elsewhere.test(storageEngine)) return `its rows do not lie in it (${storageEngine || 'unknown engine'})`
  return type === 'SYSTEM VERSIONED' ? 'it is system-versioned: its history is counted with it and not saved' : null
}

const wholeNumbers = /^(tiny|small|medium|big)?int$/i

/** Not FLOAT, of which a dump has six digits, and none that a server may write in another way when it is asked for bytes. */
const exactTypes =
  /^((tiny|small|medium|big)?int|decimal|double|(var)?char|(tiny|medium|long)?text|(var)?binary|(tiny|medium|long)?blob|enum|set|date|time|datetime|timestamp|year|bit)$/i

interface IndexPart {
  readonly table: string
  readonly index: string
  readonly column: string | null
  /** Characters; null: the whole column. */
  readonly length: number | null
  readonly usable: boolean
}

/**
 * Both servers have the same first sixteen columns. After them MariaDB says whether an index is IGNORED, and MySQL whether
 * it IS_VISIBLE and of which EXPRESSION it is. An index of an expression can hold a row many times, or none of its columns.
 */
const indexPart = (row: readonly string[]): IndexPart => {
  const [, database = '', table = '', , , index = '', , column = '', , , length = '', , , type = ''] = row
  const more = row.slice(16)
  const isIgnored = more.length === 1 && more[0] === 'YES'
  const isInvisible = more.length > 1 && more[0] === 'NO'
  return {
    table: `${database}\0${table}`,
    index,
    column: column === 'NULL' ? null : column,
    length: length === 'NULL' ? null : Number(length),
    usable: type === 'BTREE' && column !== 'NULL' && !isIgnored && !isInvisible,
  }
}

const shortestIndex = (
  indexes: readonly (readonly [string, readonly IndexPart[]])[],
  widths: ReadonlyMap<string, number>,
): string | null => {
  const width = ({ column, length }: IndexPart) => length ?? widths.get(column ?? '') ?? Number.POSITIVE_INFINITY
  const usable = indexes
    .filter(([index, parts]) => index !== 'PRIMARY' && parts.every((part) => part.usable))
    .map(([index, parts]) => ({ index, bytes: parts.reduce((sum, part) => sum + width(part), 0) }))
    .sort((one, other) => one.bytes - other.bytes)
  return usable[0]?.index ?? null
}

const groupBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
