import type { FileHandle } from 'node:fs/promises'

/** Bytes of a file, from `start` to `end`. */
export interface FileRange {
  readonly start: number
  readonly end: number
}

/**
 * A part of a file, or all of it, read into the same block again and again: what is handed on is valid until the next is
 * asked for. New memory for each would be given back only when it has become much.
 */
export const blocksOf = async function* (
  file: FileHandle,
  block: Buffer,
  { start, end }: FileRange = { start: 0, end: Number.POSITIVE_INFINITY },
): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, end - at), at)
    if (bytesRead === 0) return
    at += bytesRead
    yield block.subarray(0, bytesRead)
  }
}
