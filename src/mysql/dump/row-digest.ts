import { isUtf8 } from 'node:buffer'
import { createHash, type Hash } from 'node:crypto'

/** What a digest collects rows in. Several can share one, when each but the one that is added to is settled. */
export const newDigestBlock = (): Buffer => Buffer.allocUnsafeSlow(256 * 1024)

/** Rows of one table: how many, and the SHA-256 over each row's bytes and a line break, in order. */
export class RowDigest {
  readonly #hash: Hash = createHash('sha256')
  readonly #block: Buffer
  #used = 0
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
      this.#update(bytes.subarray(start, end))
      this.#hash.update('\n')
      return
    }
    bytes.copy(this.#block, this.#used, start, end)
    this.#used += length
    this.#block[this.#used++] = 0x0a
  }

  /** Needs nothing any more of what is in the block. */
  settle(): void {
    if (this.#used > 0) this.#update(this.#block.subarray(0, this.#used))
    this.#used = 0
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
