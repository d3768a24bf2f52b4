import type { Insert } from '../sql/insert-lines.ts'
import { MalformedDump } from '../sql/malformed-dump.ts'
import { nameInQuotes } from '../sql/quote.ts'
import type { Reading } from '../sql/session-reading.ts'
import { NotForeseen } from '../wire/not-foreseen.ts'
import type { RowsTaker, TableToRead } from '../wire/read-table.ts'
import type { Part } from './definitions.ts'
import { databaseBegun } from './place-in-dump.ts'
import type { DumpSplitter } from './splitter.ts'

/** Reads the rows of one table. */
export type ReadRows = (table: TableToRead, taker: RowsTaker) => Promise<void>

/** Waits for the disk when it is behind. */
export type CatchUp = () => Promise<void> | undefined

/** A table whose definition has been handed on, and its rows not. */
interface Pending {
  /** Its name as it stands between quotes: latin1, every byte one character. */
  readonly quoted: string
  readonly definition: string
}

/**
 * Hands on what the dump program wrote without rows, and every table's rows in the place where it would have written them:
 * so the files are the same.
 */
export const mergeRows = async (
  parts: readonly Part[],
  splitter: DumpSplitter,
  readRows: ReadRows,
  catchUp: CatchUp,
): Promise<void> => {
  let database = ''
  let title = ''
  let pending: Pending | null = null
  for (const part of parts) {
    if (part.kind === 'comment') {
      splitter.comment(part.line)
      title = /^-- Table structure for table (.*)$/s.exec(part.line)?.[1] ?? title
      continue
    }
    const { text, delimiter, reading } = part
    splitter.statement(text, delimiter, reading)
    if (pending !== null) {
      if (!backToCharacters.test(text)) throw new NotForeseen('something else than usual stands behind a definition')
      await rowsOf(pending, { database, title, reading }, splitter, readRows, catchUp)
      pending = null
    }
    database = databaseBegun(text, delimiter) ?? database
    const quoted = delimiter === ';' ? /^CREATE TABLE `((?:[^`]|``)+)`/.exec(text)?.[1] : undefined
    if (quoted !== undefined) pending = { quoted, definition: text }
  }
  if (pending !== null) throw new MalformedDump('it ends behind a definition')
}

/** What the program writes behind every definition, and before the rows. */
const backToCharacters = /^\/\*!40101 SET character_set_client = @saved_cs_client \*\/$/

/** Whose rows lie in them, and are read by one session after the other like any. */
const knownEngines = /^(?:InnoDB|Aria|MyISAM|CSV|MEMORY|ARCHIVE)$/

const rowsOf = async (
  { quoted, definition }: Pending,
  place: { readonly database: string; readonly title: string; readonly reading: Reading },
  splitter: DumpSplitter,
  readRows: ReadRows,
  catchUp: CatchUp,
): Promise<void> => {
  const { database, title, reading } = place
  const table = nameInQuotes(quoted)
  const engine = /\n\) ENGINE=(\w+)/.exec(definition)?.[1] ?? ''
  if (!knownEngines.test(engine)) throw new NotForeseen(`${database}.${table} has the engine ${engine || 'none'}`)
  splitter.comment(`-- Dumping data for table ${title}`)
  splitter.statement(`/*!40000 ALTER TABLE \`${quoted}\` DISABLE KEYS */`, ';', reading)
  let insert: Insert = { table, head: Buffer.alloc(0) }
  await readRows(
    { database, table, definition },
    {
      begin: (head) => {
        insert = { table, head }
      },
      row: (bytes, start, end, checksum) => splitter.row(insert, bytes, start, end, checksum),
      catchUp,
    },
  )
  if (!splitter.rowsAreText) throw new NotForeseen(`${database}.${table} holds text that is not valid UTF-8`)
  splitter.statement(`/*!40000 ALTER TABLE \`${quoted}\` ENABLE KEYS */`, ';', reading)
}
