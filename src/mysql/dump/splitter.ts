import type { Insert } from '../sql/insert-lines.ts'
import { MalformedDump } from '../sql/malformed-dump.ts'
import { nameInQuotes } from '../sql/quote.ts'
import type { Reading } from '../sql/session-reading.ts'
import type { StatementHandler } from '../sql/statement-reader.ts'
import { databaseBegun, PlaceInDump } from './place-in-dump.ts'
import type { DumpWriter, ObjectGroup } from './writer.ts'

/**
 * Takes the statements of one dump of several databases and hands each to the writer of its database. A database's
 * section begins at the client's own USE, and comes twice when there are views.
 */
export class DumpSplitter implements StatementHandler {
  readonly #openWriter: (name: string) => DumpWriter
  readonly #writers = new Map<string, DumpWriter>()
  readonly #preamble: string[] = []
  readonly #trailer: string[] = []
  readonly #place = new PlaceInDump()
  #writer: DumpWriter | null = null
  #group: ObjectGroup | null = null
  /** `DROP TABLE` is held until the next statement tells whether a table or a view's placeholder follows. */
  #heldDrop: string | null = null
  #title: string | null = null
  rows = 0
  /** Bytes of all rows. */
  rowBytes = 0

  /** `openWriter` is called once for each database, when its section begins. */
  constructor(openWriter: (name: string) => DumpWriter) {
    this.#openWriter = openWriter
  }

  row(insert: Insert, bytes: Buffer, start: number, end: number, checksum?: number): void {
    if (this.#writer === null) throw new MalformedDump('rows stand before the first database')
    this.rows++
    this.rowBytes += end - start
    this.#writer.row(insert, bytes, start, end, checksum)
  }

  comment(line: string): void {
    this.#place.comment(line)
    const title = /^-- (Table structure for table|Dumping data for table|Sequence structure for) /.exec(line)
    this.#title = title ? line : this.#title
    if (/^-- Dumping events for database/.test(line)) this.#group = 'events'
    if (/^-- Dumping routines for database/.test(line)) this.#group = 'routines'
    if (/^-- Final view structure for view/.test(line)) this.#group = 'views'
  }

  statement(text: string, delimiter: string, reading: Reading): void {
    this.#place.statement()
    const begun = databaseBegun(text, delimiter)
    if (begun !== null) return this.#beginDatabase(begun)
    if (/^CREATE DATABASE /.test(text)) return
    // It only silences the load, and not every MariaDB that runs a `/*M!100616` knows it.
    if (/^\/\*M!\d+ SET (?:@OLD_NOTE_VERBOSITY=@@NOTE_VERBOSITY, )?NOTE_VERBOSITY=\S+ \*\/$/i.test(text)) return
    if (/^\/\*!\d+ SET (\w+)=@OLD_\1 \*\/$/i.test(text)) {
      this.#trailer.push(text)
      return
    }
    if (this.#writer === null) {
      this.#preamble.push(text)
      return
    }
    if (delimiter !== ';') return this.#objectStatement(this.#writer, text, delimiter, reading)
    this.#statementOf(this.#writer, text, reading)
  }

  /** The databases that were seen, in order, each with its writer. */
  get writers(): ReadonlyMap<string, DumpWriter> {
    return this.#writers
  }

  /** False when something in the rows of the present table is no UTF-8. */
  get rowsAreText(): boolean {
    return this.#writer?.rowsAreText ?? true
  }

  get trailer(): readonly string[] {
    return this.#trailer
  }

  /** True when the last thing read was the client's own last line. */
  get completed(): boolean {
    return this.#place.completed
  }

  /** The part that was begun last, in the client's words: what cannot be read stands there or right behind it. */
  get place(): string {
    return this.#place.words
  }

  /** The client's own settings, which every file begins with. */
  get preamble(): readonly string[] {
    return this.#preamble
  }

  #beginDatabase(name: string): void {
    this.#group = null
    this.#title = null
    this.#writer = this.#writers.get(name) ?? this.#openWriter(name)
    this.#place.enter(name)
    this.#writers.set(name, this.#writer)
  }

  #statementOf(writer: DumpWriter, text: string, reading: Reading): void {
    if (this.#heldDrop !== null) {
      const drop = this.#heldDrop
      this.#heldDrop = null
      this.#group = /^\/\*!50001 DROP VIEW /.test(text) ? 'placeholders' : null
      if (this.#group === null) this.#tableStatement(writer, drop)
      else writer.objectStatement(this.#group, drop, ';', reading)
    }
    if (/^DROP TABLE IF EXISTS /.test(text)) {
      this.#heldDrop = text
      return
    }
    if (/^DROP SEQUENCE /.test(text)) this.#group = null
    if (this.#group === null && isTableStatement(text)) return this.#tableStatement(writer, text)
    this.#objectStatement(writer, text, ';', reading)
  }

  #tableStatement(writer: DumpWriter, text: string): void {
    if (this.#title !== null) writer.comment(this.#title)
    this.#title = null
    const create = /^CREATE TABLE `((?:[^`]|``)+)`/.exec(text)
    writer.tableStatement(text, create?.[1] === undefined ? null : nameInQuotes(create[1]))
  }

  /** What follows a table's rows and belongs to no table is its triggers. */
  #objectStatement(writer: DumpWriter, text: string, delimiter: string, reading: Reading): void {
    this.#group ??= 'triggers'
    writer.objectStatement(this.#group, withoutDatabaseName(text), delimiter, reading)
  }
}

const tableStatements = [
  /^DROP TABLE IF EXISTS `/,
  /^CREATE TABLE `/,
  /^\/\*!\d+ SET @saved_cs_client\s*= @@character_set_client \*\/$/,
  /^\/\*!\d+ SET character_set_client = (@saved_cs_client|\w+) \*\/$/,
  /^\/\*!40000 ALTER TABLE `(?:[^`]|``)+` (DISABLE|ENABLE) KEYS \*\/$/,
  /^(DROP|CREATE) SEQUENCE /,
  /^(DO|SELECT) SETVAL\(`/,
]

/** The statements that make tables and their rows; everything else makes views, triggers, routines or events. */
export const isTableStatement = (text: string): boolean => tableStatements.some((pattern) => pattern.test(text))

/** `ALTER DATABASE name CHARACTER SET …` would alter the live database from an aside load: without a name it cannot. */
const withoutDatabaseName = (text: string): string =>
  text.replace(/^ALTER DATABASE `(?:[^`]|``)+` CHARACTER SET/, 'ALTER DATABASE CHARACTER SET')

/** A quoted name, read as latin1, as the text it is. */
