import { MalformedStream } from './malformed-stream.ts'

/** How the protocol writes NULL, and the lengths that do not fit into one byte. */
export const nullMark = 0xfb
export const twoBytes = 0xfc
export const threeBytes = 0xfd
export const eightBytes = 0xfe

/** Reads the parts of a packet one after the other. */
export class PacketFields {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end
  }

  byte(): number {
    return this.#bytes[this.#advance(1)] as number
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#advance(2))
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4))
  }

  skip(length: number): void {
    this.#advance(length)
  }

  /** A number of one to nine bytes, as lengths are written. */
  number(): number {
    const first = this.byte()
    if (first < nullMark) return first
    if (first === twoBytes) return this.uint16()
    if (first === threeBytes) return this.#bytes.readUIntLE(this.#advance(3), 3)
    if (first === eightBytes) return Number(this.#bytes.readBigUInt64LE(this.#advance(8)))
    throw new MalformedStream('a length is none')
  }

  /** A copy of bytes that have their length before them; null is NULL. */
  value(): Buffer | null {
    if (this.#bytes[this.#at] === nullMark && !this.isAtEnd) {
      this.#at++
      return null
    }
    const length = this.number()
    const from = this.#advance(length)
    return Buffer.from(this.#bytes.subarray(from, from + length))
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at, this.#end)
  }

  #advance(length: number): number {
    const from = this.#at
    if (length > this.#end - from) throw new MalformedStream('a packet is shorter than what it holds')
    this.#at += length
    return from
  }
}
