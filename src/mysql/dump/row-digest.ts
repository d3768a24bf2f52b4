import { isUtf8 } from 'node:buffer'
import { createHash, type Hash } from 'node:crypto'

/** What a digest collects rows in. Several can share one, when each but the one that is added to is settled. */
export const newDigestBlock = (): Buffer => Buffer.allocUnsafeSlow(256 * 1024)

/** A bracket, twenty digits, a sign and what ends it, in bytes. */
const longestNumber = 24

/** Rows of one table: how many, and the SHA-256 over each row's bytes and a line break, in order. */
export class RowDigest {
  readonly #hash: Hash = createHash('sha256')
  readonly #block: Buffer
  #used = 0
  #lastAt = 0
  /** How the last row begins that is not in the block any more. */
  readonly #last = Buffer.alloc(longestNumber)
  #lastLength = 0
  #first: string | null = null
  rows = 0
  /** False when some of it is no UTF-8. */
  isText = true

  constructor(block: Buffer) {
    this.#block = block
  }

  add(bytes: Buffer, start: number, end: number): void {
    this.rows++
    const length = end - start
    if (this.#used + length + 1 > this.#block.length) this.settle()
    if (length + 1 > this.#block.length) {
      this.#keepLast(bytes, start, end)
      this.#update(bytes.subarray(start, end))
      this.#hash.update('\n')
      return
    }
    bytes.copy(this.#block, this.#used, start, end)
    this.#lastAt = this.#used
    this.#used += length
    if (this.#first === null) this.#keepLast(this.#block, this.#lastAt, this.#used)
    this.#block[this.#used++] = 0x0a
  }

  /** How its first and its last row begin, for as many characters as a number has; null when it has none. */
  get ends(): { readonly first: string; readonly last: string } | null {
    this.settle()
    return this.#first === null ? null : { first: this.#first, last: this.#beginning() }
  }

  /** Needs nothing any more of what is in the block. */
  settle(): void {
    if (this.#used === 0) return
    this.#keepLast(this.#block, this.#lastAt, this.#used - 1)
    this.#update(this.#block.subarray(0, this.#used))
    this.#used = 0
  }

  #keepLast(bytes: Buffer, start: number, end: number): void {
    this.#lastLength = bytes.copy(this.#last, 0, start, Math.min(end, start + longestNumber))
    this.#first ??= this.#beginning()
  }

  #beginning(): string {
    return this.#last.toString('latin1', 0, this.#lastLength)
  }

  /** Whole rows. */
  #update(bytes: Buffer): void {
    this.#hash.update(bytes)
    this.isText &&= isUtf8(bytes)
  }

  sha256(): string {
    this.settle()
    return this.#hash.digest('hex')
  }
}
