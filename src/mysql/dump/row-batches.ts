import { crc32 } from 'node:zlib'
import type { Insert } from '../sql/insert-lines.ts'
import type { HashedFile } from './hashed-file.ts'

/** Bytes: how long a statement is on average, and at most (a longer row stands alone). */
const meanStatement = 350_000
const longestStatement = 1_000_000

const boundary = 2 ** 32 / meanStatement
const separator = Buffer.from(',\n')
const lineBreak = Buffer.from('\n')
const terminator = Buffer.from(';\n')

/**
 * Joins rows into INSERT statements whose ends are chosen by the rows themselves: a row ends its statement when its
 * own checksum says so, with a chance that grows with its length. A row added or removed therefore moves no boundary
 * but its own, and restic finds the rest of the dump unchanged.
 */
export class RowBatches {
  readonly #file: HashedFile
  #insert: Insert | null = null
  /** Bytes of the open statement; 0 when none is open. */
  #length = 0
  largestStatement = 0

  constructor(file: HashedFile) {
    this.#file = file
  }

  /** `checksum` is the CRC-32 of the bytes, where somebody knows it already. */
  add(insert: Insert, bytes: Buffer, start: number, end: number, checksum = crc32(bytes.subarray(start, end))): void {
    const length = end - start
    if (insert !== this.#insert || this.#length + length > longestStatement) this.close()
    if (this.#length === 0) {
      this.#insert = insert
      this.#file.append(insert.head)
      this.#file.append(lineBreak)
      this.#length = insert.head.length
    } else {
      this.#file.append(separator)
    }
    this.#file.append(bytes, start, end)
    this.#length += length + 2
    if (checksum < length * boundary) this.close()
  }

  /** Ends the open statement, if there is one. */
  close(): void {
    if (this.#length === 0) return
    this.#file.append(terminator)
    this.largestStatement = Math.max(this.largestStatement, this.#length)
    this.#length = 0
  }
}
