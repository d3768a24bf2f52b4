import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { UserError } from '../../errors.ts'
import { isSessionSetting } from '../sql/allowed-statements.ts'
import type { Insert } from '../sql/insert-lines.ts'
import { MalformedDump } from '../sql/malformed-dump.ts'
import { beginningOf } from '../sql/object-head.ts'
import { plainStatement } from '../sql/plain-statement.ts'
import { nameInQuotes } from '../sql/quote.ts'
import type { Reading } from '../sql/session-reading.ts'
import { type StatementHandler, StatementReader } from '../sql/statement-reader.ts'
import { whyRefused } from '../sql/why-refused.ts'
import { blocksOf } from './file-blocks.ts'
import { type DumpOutline, OutlineBuilder } from './outline.ts'
import { newDigestBlock, RowDigest } from './row-digest.ts'
import { isTableStatement } from './splitter.ts'

/** What the manifest says of a dump. */
export interface ExpectedDump {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly objectsOffset: number
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[]
}

/**
 * Proves that a fetched dump is the one that was saved: its size and digest, the rows and digest of every table, and
 * that before `objectsOffset` there is nothing but tables and rows, and behind it nothing but what makes views and
 * routines. Returns where in it what lies. Throws a `UserError` that names what differs.
 */
export const verifyDump = (path: string, expected: ExpectedDump, signal?: AbortSignal): Promise<DumpOutline> =>
  readDump(path, expected, signal, true)

/**
 * Where in a dump what lies, in a fifth of the time: digests are left out. What it returns holds nothing but what a dump may
 * hold; whether that is what was saved, `verifyDump` has to tell.
 */
export const outlineDump = (path: string, expected: ExpectedDump, signal?: AbortSignal): Promise<DumpOutline> =>
  readDump(path, expected, signal, false).catch((error: Error) => {
    // What cannot be read is told only when it is known to be what was saved.
    if (error instanceof UserError) return verifyDump(path, expected, signal)
    throw error
  })

const readDump = async (
  path: string,
  expected: ExpectedDump,
  signal: AbortSignal | undefined,
  digests: boolean,
): Promise<DumpOutline> => {
  const outline = new OutlineBuilder()
  const tables = new TableSection(outline, () => tableReader, digests)
  const objects = new ObjectSection(expected.name, outline)
  const tableReader: StatementReader = new StatementReader(tables)
  let objectReader: StatementReader | null = null
  const hash = digests ? createHash('sha256') : null
  let bytes = 0
  /** What cannot be read is told only when it is known to be what was saved. */
  let unread: MalformedDump | null = null
  const read = (reading: () => void) => {
    if (unread !== null) return
    try {
      reading()
    } catch (error) {
      if (!(error instanceof MalformedDump)) throw error
      unread = error
    }
  }
  const file = await open(path, 'r')
  try {
    for await (const chunk of blocksOf(file, Buffer.allocUnsafeSlow(1024 * 1024))) {
      signal?.throwIfAborted()
      hash?.update(chunk)
      const split = Math.min(Math.max(expected.objectsOffset - bytes, 0), chunk.length)
      read(() => {
        if (split > 0) tableReader.write(chunk.subarray(0, split))
        if (split === chunk.length) return
        objectReader ??= new StatementReader(objects, tableReader)
        objectReader.write(chunk.subarray(split))
      })
      bytes += chunk.length
    }
    if (bytes !== expected.bytes) throw damaged(expected, `it has ${bytes} bytes instead of ${expected.bytes}`)
    if (hash !== null && hash.digest('hex') !== expected.sha256)
      throw damaged(expected, 'its SHA-256 is not the one in the manifest')
    read(() => {
      tableReader.end()
      objectReader?.end()
      compareTables(tables.finish(), expected, digests)
    })
    if (unread !== null) throw refused(expected, unread)
    return outline.finish(expected.objectsOffset)
  } finally {
    await file.close()
  }
}

const damaged = ({ name }: ExpectedDump, why: string): UserError =>
  new UserError({
    message: `The dump of ${name} in this snapshot is not what was saved: ${why}`,
    hint: 'Nothing was touched. Choose another snapshot, and run: seatable-restic check --read-data',
  })

/** A dump that is what was saved, and in which something stands that is not sent to a server. */
export class RefusedDump extends UserError {}

const refused = ({ name }: ExpectedDump, { message }: MalformedDump): RefusedDump =>
  new RefusedDump({
    message: `The dump of ${name} in this snapshot is what was saved, and is not restored: ${message}`,
    hint: 'Nothing was touched. Get the dump by: seatable-restic restore --target DIR. If you know what is named here, load it with a client of the database.',
  })

const compareTables = (found: ReadonlyMap<string, TableRows>, { tables }: ExpectedDump, digests: boolean): void => {
  for (const { name, rows, sha256 } of tables) {
    const table = found.get(name)
    if (!table) throw new MalformedDump(`the table ${name} is missing`)
    if (table.rows !== rows) throw new MalformedDump(`the table ${name} has ${table.rows} rows instead of ${rows}`)
    if (digests && table.digest?.sha256() !== sha256) throw new MalformedDump(`rows of the table ${name} differ`)
  }
  if (found.size !== tables.length) throw new MalformedDump('it holds tables that the manifest does not name')
}

interface TableRows {
  rows: number
  readonly digest: RowDigest | null
}

/** Tables and their rows, and nothing else. */
class TableSection implements StatementHandler {
  readonly #tables = new Map<string, TableRows>()
  readonly #digestBlock: Buffer | null
  /** The one that was added to last: the others are settled. */
  #open: TableRows | null = null
  readonly #outline: OutlineBuilder
  readonly #reader: () => StatementReader

  /** The reader is the one that hands on to this. */
  constructor(outline: OutlineBuilder, reader: () => StatementReader, digests: boolean) {
    this.#outline = outline
    this.#reader = reader
    this.#digestBlock = digests ? newDigestBlock() : null
  }

  row({ table }: Insert, bytes: Buffer, start: number, end: number): void {
    const found = this.#tables.get(table)
    if (!found) throw new MalformedDump(`rows of ${table} stand before their table`)
    if (found !== this.#open) this.#open?.digest?.settle()
    this.#open = found
    found.rows++
    found.digest?.add(bytes, start, end)
    this.#outline.row(table, this.#reader())
  }

  statement(text: string, delimiter: string): void {
    if (delimiter !== ';' || !(isTableStatement(text) || isSessionSetting(text))) {
      throw new MalformedDump(`among its tables stands another statement: ${beginningOf(text)}`)
    }
    this.#outline.statement(text)
    const create = /^CREATE TABLE `((?:[^`]|``)+)`/.exec(text)
    if (create?.[1] === undefined) return
    const digest = this.#digestBlock === null ? null : new RowDigest(this.#digestBlock)
    this.#tables.set(nameInQuotes(create[1]), { rows: 0, digest })
  }

  comment(): void {}

  finish(): ReadonlyMap<string, TableRows> {
    return this.#tables
  }
}

/** Views, triggers, routines and events, and the settings around them. */
class ObjectSection implements StatementHandler {
  readonly #database: string
  readonly #outline: OutlineBuilder

  constructor(database: string, outline: OutlineBuilder) {
    this.#database = database
    this.#outline = outline
  }

  row(): void {
    throw new MalformedDump('rows stand among its views and routines')
  }

  statement(saved: string, _delimiter: string, reading: Reading): void {
    const text = plainStatement(saved, reading)
    const refused = whyRefused(text, this.#database, reading)
    if (refused !== null) throw new MalformedDump(`among its views and routines stands ${refused}`)
    this.#outline.object(text)
  }

  comment(): void {}
}
