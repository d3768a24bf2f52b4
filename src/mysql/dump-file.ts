import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

const blockSize = 1024 * 1024

/** A file written front to back in constant memory, with its size and SHA-256 counted on the way. */
export class HashedFile {
  readonly #file: FileHandle | null
  readonly #hash = createHash('sha256')
  #block = Buffer.allocUnsafe(blockSize)
  #used = 0
  #full: Buffer[] = []
  bytes = 0

  private constructor(file: FileHandle | null) {
    this.#file = file
  }

  /** Creates the file for its owner alone; fails when it exists. */
  static async create(path: string): Promise<HashedFile> {
    return new HashedFile(await open(path, 'wx', 0o600))
  }

  /** Only counts: nothing is written anywhere. */
  static nowhere(): HashedFile {
    return new HashedFile(null)
  }

  append(bytes: Buffer, start = 0, end = bytes.length): void {
    this.bytes += end - start
    for (let from = start; from < end; ) {
      const length = Math.min(end - from, blockSize - this.#used)
      bytes.copy(this.#block, this.#used, from, from + length)
      this.#used += length
      from += length
      if (this.#used === blockSize) this.#turn()
    }
  }

  /** Text of which every character is one byte. */
  appendLatin1(text: string): void {
    this.append(Buffer.from(text, 'latin1'))
  }

  /** Writes what has gathered; memory stays bounded when this is awaited after every chunk. */
  async flush(): Promise<void> {
    for (const block of this.#full.splice(0)) await this.#file?.writeFile(block)
  }

  /** Writes the rest, makes it durable and closes the file. */
  async finish(): Promise<{ bytes: number; sha256: string }> {
    this.#turn()
    await this.flush()
    await this.#file?.sync()
    await this.#file?.close()
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') }
  }

  async abandon(): Promise<void> {
    await this.#file?.close().catch(() => {})
  }

  #turn(): void {
    const block = this.#block.subarray(0, this.#used)
    this.#hash.update(block)
    this.#full.push(block)
    this.#block = Buffer.allocUnsafe(blockSize)
    this.#used = 0
  }
}

const digestBlock = 256 * 1024

/** Rows of one table: how many, and the SHA-256 over each row's bytes and a line break, in order. */
export class RowDigest {
  readonly #hash: Hash = createHash('sha256')
  #block: Buffer | null = null
  #used = 0
  rows = 0

  add(bytes: Buffer, start: number, end: number): void {
    this.rows++
    const length = end - start
    if (this.#used + length + 1 > digestBlock) this.#turn()
    if (length + 1 > digestBlock) {
      this.#hash.update(bytes.subarray(start, end)).update('\n')
      return
    }
    this.#block ??= Buffer.allocUnsafe(digestBlock)
    bytes.copy(this.#block, this.#used, start, end)
    this.#used += length
    this.#block[this.#used++] = 0x0a
  }

  sha256(): string {
    this.#turn()
    this.#block = null
    return this.#hash.digest('hex')
  }

  #turn(): void {
    if (this.#block !== null && this.#used > 0) this.#hash.update(this.#block.subarray(0, this.#used))
    this.#used = 0
  }
}
