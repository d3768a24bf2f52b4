import type { Client, Question } from '../client/client.ts'
import { quoteName, quoteText } from '../sql/quote.ts'

/** Values of a column, or of a sequence, that are others when they come back from a dump: any dump in utf8mb4. */
export interface InexactValues {
  readonly database: string
  readonly table: string
  /** Null: it is a sequence. */
  readonly column: string | null
  /**
   * - `characters`: bytes of an older character set that have no character of their own in Unicode.
   * - `empty`: an ENUM or SET with an empty member, and a value without one that reads the same.
   * - `rounds`: how often a sequence has begun anew.
   */
  readonly kind: 'characters' | 'empty' | 'rounds'
  readonly rows: number
}

/** What is known of a database. */
interface Listed {
  readonly name: string
  readonly tables: readonly { readonly name: string; readonly type: string }[]
}

interface Suspect extends Omit<InexactValues, 'rows'> {
  /** How many there are, as SQL. */
  readonly count: string
}

const task = 'Looking for values that a dump changes'

/** Asks only of what can hold such a value, which no table of SeaTable can. */
export const inexactValues = async (
  client: Client,
  databases: readonly Listed[],
  signal?: AbortSignal,
): Promise<InexactValues[]> => {
  const options = { task, ...(signal ? { signal } : {}) }
  const suspects = [...(await columns(client, databases, options)), ...databases.flatMap(sequences)]
  if (suspects.length === 0) return []
  const rows = await client.ask(
    suspects.map(({ count }, at): Question => `SELECT 'found', ${at}, (${count})`),
    // What is dropped meanwhile holds nothing.
    { ...options, force: true },
  )
  const found = new Map(rows.map(([, at, count]) => [Number(at), Number(count)]))
  return suspects.flatMap(({ count: _, ...suspect }, at) => {
    const count = found.get(at) ?? 0
    return count > 0 ? [{ ...suspect, rows: count }] : []
  })
}

/** All of whose values are characters of Unicode, each of its own; what is not UTF-8 is found in the dump. */
const exactCharacters = ['utf8', 'utf8mb3', 'utf8mb4', 'latin1'].map(quoteText).join(', ')

const columns = async (
  client: Client,
  databases: readonly Listed[],
  options: { readonly task: string; readonly signal?: AbortSignal },
): Promise<Suspect[]> => {
  if (databases.length === 0) return []
  const names = databases.map(({ name }) => quoteText(name)).join(', ')
  const rows = await client.ask(
    `SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, IFNULL(c.CHARACTER_SET_NAME, ''), c.CHARACTER_SET_NAME NOT IN (${exactCharacters}), c.DATA_TYPE, c.COLUMN_TYPE
     FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
     WHERE c.TABLE_SCHEMA IN (${names}) AND t.TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE') AND IFNULL(c.GENERATION_EXPRESSION, '') = ''
       AND (c.CHARACTER_SET_NAME NOT IN (${exactCharacters}) OR c.DATA_TYPE IN ('enum', 'set'))`,
    options,
  )
  return rows.flatMap(
    ([database = '', table = '', column = '', characters = '', isOlder = '', type = '', written = '']) => {
      const counted = (kind: Suspect['kind'], condition: string): Suspect => {
        const count = `SELECT COUNT(*) FROM ${quoteName(database)}.${quoteName(table)} WHERE ${condition}`
        return { database, table, column, kind, count }
      }
      const name = quoteName(column)
      return [
        ...(isOlder === '1' ? [counted('characters', isChanged(name, characters))] : []),
        ...(hasEmptyMember(written) ? [counted('empty', looksEmpty(name, type))] : []),
      ]
    },
  )
}

/** There and back again, as the dump and the load do it. */
const isChanged = (column: string, characters: string): string =>
  `CAST(CONVERT(CONVERT(${column} USING utf8mb4) USING ${characters}) AS BINARY) <> CAST(${column} AS BINARY)`

const hasEmptyMember = (type: string): boolean =>
  /^(?:enum|set)\(/i.test(type) && [...type.matchAll(/'(?:[^'\\]|''|\\.)*'/gs)].some(([member]) => member === "''")

/** A load takes '' for the empty member of an ENUM, and for a SET of no member. */
const looksEmpty = (column: string, type: string): string =>
  /^enum$/i.test(type) ? `${column} + 0 = 0` : `${column} = '' AND ${column} + 0 <> 0`

const sequences = ({ name: database, tables }: Listed): Suspect[] =>
  tables
    .filter(({ type }) => type === 'SEQUENCE')
    .map(({ name: table }) => ({
      database,
      table,
      column: null,
      kind: 'rounds',
      count: `SELECT cycle_count FROM ${quoteName(database)}.${quoteName(table)}`,
    }))
