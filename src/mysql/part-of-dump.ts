import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { isSessionSetting } from './allowed-statements.ts'
import type { DumpOutline, RowRange } from './dump-outline.ts'

/** Rows that are loaded together. */
export interface Batch {
  readonly tables: readonly string[]
  /** Of the dump. */
  readonly bytes: number
  readonly ranges: readonly RowRange[]
}

/** The rows of a dump in batches of about `most` bytes; a table that is larger is a batch of its own. */
export const batchesOf = ({ rows }: DumpOutline, most: number): Batch[] => {
  const tables = new Map<string, RowRange[]>()
  for (const range of rows) tables.set(range.table, [...(tables.get(range.table) ?? []), range])
  const batches: Batch[] = []
  for (const [table, ranges] of tables) {
    const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
    const last = batches.at(-1)
    if (last === undefined || last.bytes + bytes > most) batches.push({ tables: [table], bytes, ranges })
    else {
      batches[batches.length - 1] = {
        tables: [...last.tables, table],
        bytes: last.bytes + bytes,
        ranges: [...last.ranges, ...ranges],
      }
    }
  }
  return batches
}

/** Writes all definitions of a dump and the rows of a batch to a private file, as a dump of their own. */
export const writePart = async (
  dump: { readonly path: string; readonly outline: DumpOutline },
  { ranges }: Pick<Batch, 'ranges'>,
  path: string,
): Promise<void> => {
  const { statements } = dump.outline
  const behindTables = statements.findLastIndex((text) => !isSessionSetting(text)) + 1
  const part = async function* () {
    for (const text of statements.slice(0, behindTables)) yield Buffer.from(`${text};\n`, 'latin1')
    for (const { start, end } of ranges) {
      yield* createReadStream(dump.path, { start, end: end - 1 })
      yield Buffer.from('\n')
    }
    for (const text of statements.slice(behindTables)) yield Buffer.from(`${text};\n`, 'latin1')
  }
  await pipeline(part, createWriteStream(path, { mode: 0o600 }))
}
