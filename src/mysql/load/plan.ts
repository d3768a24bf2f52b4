import { modesOfLoad } from '../client/fixed-variables.ts'
import type { DumpOutline, RowRange } from '../dump/outline.ts'
import { isSessionSetting } from '../sql/allowed-statements.ts'
import { nameInQuotes } from '../sql/quote.ts'
import { deferIndexes, referencesIn } from './deferred-indexes.ts'

/** How a dump is loaded by several clients at once. Texts are latin1: every byte is one character. */
export interface LoadPlan {
  /** What every session begins with, as the dump itself begins. */
  readonly settings: string
  /** Made before any row, by one client. */
  readonly definitions: readonly Piece[]
  /**
   * What belongs together, in the order in which it is best begun: the very large tables that get indexes after their
   * rows, the largest first, then all others. Indexes are built by one client, and meanwhile the others have something
   * to do.
   */
  readonly parts: readonly LoadPart[]
}

export interface LoadPart {
  /** Largest first. */
  readonly tables: readonly RowsOfTable[]
  /** More than these would take longer to start than they save. */
  readonly mostClients: number
  /** Done when all rows of these tables are there, in any order. */
  readonly afterwards: readonly Piece[]
}

/** SQL, and the table it is about; null when it is about none. */
export interface Piece {
  readonly table: string | null
  readonly sql: string
}

export interface RowsOfTable {
  readonly table: string
  readonly bytes: number
  readonly ranges: readonly RowRange[]
  /** Without a primary key a table holds its rows in the order in which they come: one client has to send them. */
  readonly inOrder: boolean
}

/** Sizes in bytes of rows. */
export interface LoadSizes {
  /** A smaller dump is loaded by one client, as it stands: more would take longer to start. */
  readonly parallelFrom: number
  /** Tables from here on get their secondary indexes after their rows. */
  readonly deferIndexesFrom: number
  /** Such a table with deferred indexes is loaded before the others. A client has to be started for each once more. */
  readonly partFrom: number
  /** Worth the start of one more client. */
  readonly clientFrom: number
}

const mebibyte = 1024 * 1024

export const usualSizes: LoadSizes = {
  parallelFrom: 16 * mebibyte,
  deferIndexesFrom: 4 * mebibyte,
  partFrom: 64 * mebibyte,
  clientFrom: 8 * mebibyte,
}

/**
 * Divides what a verified dump holds; null when one client has to load it as it stands: it is small, or has a setting
 * among its tables that rows may depend on.
 */
export const planLoad = (
  outline: DumpOutline,
  { parallelFrom, deferIndexesFrom, partFrom, clientFrom }: LoadSizes,
): LoadPlan | null => {
  const tables = byTable(outline)
  if (bytesOf(tables) < parallelFrom) return null
  const preamble = outline.statements.slice(0, preambleOf(outline))
  const others = outline.statements.slice(preambleOf(outline))
  if (others.some((text) => isSessionSetting(text) && !aroundTable.test(text))) return null

  const references = referencesIn(others)
  const innoDb = new Set(others.filter((sql) => /^\) ENGINE=InnoDB\b/m.test(sql)).map(tableOf))
  const sizes = new Map(tables.map(({ table, bytes }) => [table, bytes]))
  const definitions: Piece[] = [...preamble, modesOfLoad.definitions].map((sql) => ({ table: null, sql }))
  const indexes: Piece[] = []
  const keys: Piece[] = []
  let table: string | null = null
  for (const sql of others) {
    table = tableOf(sql) ?? table
    if (enablesKeys.test(sql)) {
      // InnoDB has no keys that could be off, and each call takes its time.
      if (!innoDb.has(table)) keys.push({ table, sql })
      continue
    }
    const isLarge = table !== null && (sizes.get(table) ?? 0) >= deferIndexesFrom
    const deferred = isLarge ? deferIndexes(sql, references) : null
    definitions.push({ table, sql: deferred?.create ?? sql })
    if (deferred !== null) indexes.push({ table, sql: deferred.alter })
  }
  return {
    settings: [...preamble.filter((text) => !/^ALTER /.test(text)), modesOfLoad.rows]
      .map((text) => `${text};\n`)
      .join(''),
    definitions,
    parts: divide(tables, [...bySize(indexes, sizes), ...keys], partFrom).map((part) => ({
      ...part,
      mostClients: mostClientsFor(part.tables, clientFrom),
    })),
  }
}

/** How many of its statements begin the session, before any table. */
export const preambleOf = ({ statements }: DumpOutline): number => {
  const firstTable = statements.findIndex((text) => !isSessionSetting(text))
  return Math.max(0, firstTable)
}

/** The lines of a statement and its delimiter, as they are sent. */
export const linesOf = (sql: string): number => sql.split('\n').length

const bytesOf = (tables: readonly RowsOfTable[]): number => tables.reduce((sum, { bytes }) => sum + bytes, 0)

const bySize = (pieces: readonly Piece[], sizes: ReadonlyMap<string, number>): Piece[] =>
  [...pieces].sort((one, other) => (sizes.get(other.table ?? '') ?? 0) - (sizes.get(one.table ?? '') ?? 0))

/** Each very large table with something to do afterwards is a part, and all others are one. */
const divide = (
  tables: readonly RowsOfTable[],
  afterwards: readonly Piece[],
  partFrom: number,
): Omit<LoadPart, 'mostClients'>[] => {
  const own = tables.filter(
    ({ table, bytes }) => bytes >= partFrom && afterwards.some((piece) => piece.table === table),
  )
  const isOwn = (piece: Piece) => own.some(({ table }) => table === piece.table)
  return [
    ...own.map((rows) => ({ tables: [rows], afterwards: afterwards.filter((piece) => piece.table === rows.table) })),
    { tables: tables.filter((rows) => !own.includes(rows)), afterwards: afterwards.filter((piece) => !isOwn(piece)) },
  ]
}

const mostClientsFor = (tables: readonly RowsOfTable[], clientFrom: number): number => {
  const places = tables.every(({ inOrder }) => inOrder) ? tables.length : Number.POSITIVE_INFINITY
  return Math.max(1, Math.min(places, Math.ceil(bytesOf(tables) / clientFrom)))
}

/** The character set of a CREATE TABLE, which no row depends on. */
const aroundTable =
  /^(?:\/\*!\d+ )?SET (?:@saved_cs_client\s*= @@character_set_client|character_set_client = (?:@saved_cs_client|\w+))(?: \*\/)?$/

const enablesKeys = /^\/\*!40000 ALTER TABLE `(?:[^`]|``)+` ENABLE KEYS \*\/$/

/** The table that a statement makes or alters; null when it names none. */
export const tableOf = (sql: string): string | null => {
  const name = /^(?:\/\*!40000 ALTER TABLE|CREATE TABLE|DROP TABLE IF EXISTS) `((?:[^`]|``)+)`/.exec(sql)?.[1]
  return name === undefined ? null : nameInQuotes(name)
}

const byTable = ({ rows, statements }: DumpOutline): RowsOfTable[] => {
  const keyed = new Set(statements.filter((sql) => /^ {2}PRIMARY KEY /m.test(sql)).map(tableOf))
  const tables = new Map<string, { table: string; bytes: number; ranges: RowRange[]; inOrder: boolean }>()
  for (const range of rows) {
    const { table } = range
    const known = tables.get(table) ?? { table, bytes: 0, ranges: [], inOrder: !keyed.has(table) }
    known.bytes += range.end - range.start
    known.ranges.push(range)
    tables.set(table, known)
  }
  return [...tables.values()].sort((one, other) => other.bytes - one.bytes)
}
