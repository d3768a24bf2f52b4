import { createHash } from 'node:crypto'
import type { Insert } from '../sql/insert-lines.ts'
import { inDatabase, otherDatabaseIn } from '../sql/own-names.ts'
import { plainStatement } from '../sql/plain-statement.ts'
import type { Reading } from '../sql/session-reading.ts'
import { whyRefused } from '../sql/why-refused.ts'
import type { HashedFile } from './hashed-file.ts'
import { RowBatches } from './row-batches.ts'
import { newDigestBlock, RowDigest } from './row-digest.ts'

/** One table of a dump: its rows, the SHA-256 over them in the order of the dump, and its definition. */
export interface DumpedTable {
  readonly name: string
  readonly rows: number
  readonly sha256: string
  /** SHA-256 of its CREATE TABLE. */
  readonly definition: string
  /** How its first and its last row begin, for as many characters as a number has; null when it has none. */
  readonly ends: { readonly first: string; readonly last: string } | null
  /** Its CREATE TABLE: latin1, every byte one character. */
  readonly create: string
}

/** How many objects that are not tables a dump holds. */
export interface DumpedObjects {
  readonly views: number
  readonly triggers: number
  readonly routines: number
  readonly events: number
}

/** One database's finished file. Sizes in bytes. */
export interface DumpedDatabase {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly rows: number
  readonly tables: readonly DumpedTable[]
  readonly objects: DumpedObjects
  /** Where in the file the views, triggers, routines and events begin: before it there are only tables and rows. */
  readonly objectsOffset: number
  readonly largestStatement: number
  /** What a restore would not send, such as a package: why, and how it begins. */
  readonly refused: readonly string[]
}

/** The table whose rows are being written. */
interface OpenTable extends Pick<DumpedTable, 'name' | 'definition' | 'create'> {
  readonly digest: RowDigest
}

/** Groups in the order in which they can be created: what a later one may refer to comes first. */
export const objectGroups = ['placeholders', 'routines', 'triggers', 'views', 'events'] as const
export type ObjectGroup = (typeof objectGroups)[number]

/** Writes one database as a plain SQL file: preamble, tables with rows, then all other objects, then the trailer. */
export class DumpWriter {
  readonly name: string
  readonly #knownAs: string
  readonly #file: HashedFile
  readonly #batches: RowBatches
  readonly #digestBlock = newDigestBlock()
  readonly #tables: DumpedTable[] = []
  readonly #groups = new Map<ObjectGroup, string>()
  readonly #delimiters = new Map<ObjectGroup, string>()
  readonly #refused: string[] = []
  readonly #counts = { views: 0, triggers: 0, routines: 0, events: 0 }
  #table: OpenTable | null = null

  /** Definitions that name the database are digested as if its name were `knownAs`. */
  constructor(name: string, file: HashedFile, knownAs: string = name) {
    this.name = name
    this.#knownAs = knownAs
    this.#file = file
    this.#batches = new RowBatches(file)
  }

  preamble(lines: readonly string[]): void {
    this.#file.append(Buffer.from(`${lines.join('\n')}\n`, 'utf8'))
  }

  /** A statement of the preamble or of a table; a table begins with its CREATE TABLE. */
  tableStatement(text: string, creates: string | null): void {
    this.#batches.close()
    if (creates !== null) this.#beginTable(creates, text)
    this.#file.appendLatin1(`${text};\n`)
  }

  comment(text: string): void {
    this.#batches.close()
    this.#file.appendLatin1(`\n${text}\n`)
  }

  /** `checksum` is the CRC-32 of the bytes, where somebody knows it already. */
  row(insert: Insert, bytes: Buffer, start: number, end: number, checksum?: number): void {
    if (this.#table?.name !== insert.table) throw new Error(`rows of ${insert.table} stand outside their table`)
    this.#table.digest.add(bytes, start, end)
    this.#batches.add(insert, bytes, start, end, checksum)
  }

  /** False when something in the rows of the present table is no UTF-8. */
  get rowsAreText(): boolean {
    this.#table?.digest.settle()
    return this.#table?.digest.isText ?? true
  }

  objectStatement(group: ObjectGroup, dumped: string, delimiter: string, reading: Reading): void {
    const text = plainStatement(dumped, reading)
    const refused = whyRefused(text, this.name, reading)
    if (refused !== null) this.#refused.push(refused)
    let sql = this.#groups.get(group) ?? ''
    if ((this.#delimiters.get(group) ?? ';') !== delimiter) sql += `DELIMITER ${delimiter}\n`
    this.#delimiters.set(group, delimiter)
    this.#groups.set(group, `${sql}${text}${text.endsWith('\n') ? '' : '\n'}${delimiter}\n`)
    this.#count(group, text)
  }

  async finish(trailer: readonly string[]): Promise<DumpedDatabase> {
    this.#endTable()
    const objectsOffset = this.#file.bytes
    for (const group of objectGroups) {
      const sql = this.#groups.get(group)
      if (sql === undefined) continue
      const back = this.#delimiters.get(group) === ';' ? '' : 'DELIMITER ;\n'
      this.#file.appendLatin1(`\n-- ${titles[group]}\n\n${sql}${back}`)
    }
    this.#file.appendLatin1(`\n${trailer.map((statement) => `${statement};\n`).join('')}\n-- Dump completed\n`)
    const { bytes, sha256 } = await this.#file.finish()
    return {
      name: this.name,
      bytes,
      sha256,
      rows: this.#tables.reduce((sum, table) => sum + table.rows, 0),
      tables: this.#tables,
      objects: this.#counts,
      objectsOffset,
      largestStatement: this.#batches.largestStatement,
      refused: this.#refused,
    }
  }

  #beginTable(name: string, create: string): void {
    this.#endTable()
    const other = otherDatabaseIn(create, this.name)
    if (other !== null) this.#refused.push(`the table ${name}, which uses the database ${other}`)
    const known = inDatabase(create, this.name, this.#knownAs)
    const definition = createHash('sha256').update(known, 'latin1').digest('hex')
    const digest = new RowDigest(this.#digestBlock)
    this.#table = { name, create: known, definition, digest }
  }

  #endTable(): void {
    this.#batches.close()
    if (this.#table === null) return
    const { name, create, definition, digest } = this.#table
    const { rows, ends } = digest
    this.#tables.push({ name, rows, sha256: digest.sha256(), definition, create, ends })
    if (!digest.isText) this.#refused.push(`text that is not valid UTF-8 in the table ${name}, which a server changes`)
    this.#table = null
  }

  #count(group: ObjectGroup, text: string): void {
    if (group === 'placeholders' || !/^(\/\*!\d+ )?CREATE\b/i.test(text)) return
    this.#counts[group]++
  }
}

const titles: Record<ObjectGroup, string> = {
  placeholders: 'Views that others may refer to before they exist',
  routines: 'Routines',
  triggers: 'Triggers',
  views: 'Views',
  events: 'Events',
}
