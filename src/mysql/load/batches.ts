import type { DumpOutline, OutlinedRange } from '../dump/outline.ts'

/** Rows that are loaded together. */
export interface Batch {
  readonly tables: readonly string[]
  /** Of the dump. */
  readonly bytes: number
  readonly ranges: readonly OutlinedRange[]
}

/** The rows of a dump in batches of about `most` bytes; a table that is larger is a batch of its own. */
export const batchesOf = ({ rows }: DumpOutline, most: number): Batch[] => {
  const tables = new Map<string, OutlinedRange[]>()
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
