import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

const blockSize = 256 * 1024

/** Bytes: what is shorter is copied faster here than by a call. */
const shortest = 16

/** So many blocks may wait for the disk while more is read. */
const mostBehind = 8

/** A file written front to back in constant memory, with its size and SHA-256 counted on the way. */
export class HashedFile {
  readonly #file: FileHandle | null
  readonly #hash = createHash('sha256')
  #block: Buffer = Buffer.allocUnsafeSlow(blockSize)
  #used = 0
  readonly #spare: Buffer[] = []
  #writing: Promise<void> = Promise.resolve()
  #behind = 0
  #failure: Error | null = null
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
    const whole = end - start
    this.bytes += whole
    if (whole < shortest && this.#used + whole < blockSize) {
      for (let at = start; at < end; at++) this.#block[this.#used++] = bytes[at] as number
      return
    }
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

  /** True when the disk has so much to write that memory stays bounded only if `catchUp` is awaited. */
  get isBehind(): boolean {
    return this.#behind >= mostBehind || this.#failure !== null
  }

  /** Waits until all that was appended, but the last block, is written. Rejects when it could not be. */
  async catchUp(): Promise<void> {
    await this.#writing
    if (this.#failure !== null) throw this.#failure
  }

  /** Writes the rest, makes it durable and closes the file. */
  async finish(): Promise<{ bytes: number; sha256: string }> {
    this.#turn()
    await this.catchUp()
    await this.#file?.sync()
    await this.#file?.close()
    this.#spare.length = 0
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') }
  }

  async abandon(): Promise<void> {
    await this.#writing
    await this.#file?.close().catch(() => {})
  }

  #turn(): void {
    const block = this.#block
    const used = this.#used
    this.#hash.update(block.subarray(0, used))
    this.#used = 0
    if (this.#file === null || used === 0) return
    this.#block = this.#spare.pop() ?? Buffer.allocUnsafeSlow(blockSize)
    this.#behind++
    this.#writing = this.#writing.then(() => this.#write(this.#file as FileHandle, block, used))
  }

  /** Never rejects: whoever appends asks later. */
  async #write(file: FileHandle, block: Buffer, used: number): Promise<void> {
    if (this.#failure === null) {
      await file.writeFile(block.subarray(0, used)).catch((error: Error) => {
        this.#failure = error
      })
    }
    this.#behind--
    if (this.#spare.length < mostBehind) this.#spare.push(block)
  }
}
