import { MalformedStream } from './malformed-stream.ts'

/** Bytes: a packet of exactly so many goes on in the next one. */
const longestPart = 0xffffff
const headerLength = 4
const smallest = 64 * 1024

/** Takes what one packet holds, which is valid until it returns. */
export type TakePacket = (bytes: Buffer, start: number, end: number) => void

/**
 * Puts packets together out of what a socket gives. One that lies whole in what was given is handed on where it lies; of
 * others every byte is copied once, whatever their length.
 */
export class PacketReader {
  readonly #take: TakePacket
  readonly #header = Buffer.alloc(headerLength)
  #headerUsed = 0
  #parts = Buffer.allocUnsafeSlow(smallest)
  #used = 0
  /** Bytes of the part that is read which have not come; null when its header has not. */
  #missing: number | null = null
  #goesOn = false
  #sequence = 0

  constructor(take: TakePacket) {
    this.#take = take
  }

  /** Another answer begins: its packets are counted anew. */
  begin(): void {
    this.#sequence = 1
  }

  /** True when a packet has begun and not ended. */
  get isAmidst(): boolean {
    return this.#headerUsed > 0 || this.#missing !== null || this.#goesOn
  }

  write(chunk: Buffer): void {
    let at = 0
    const { length } = chunk
    while (at < length) {
      if (this.isAmidst) {
        at = this.#readOn(chunk, at)
        continue
      }
      const from = at + headerLength
      const size = from <= length ? sizeIn(chunk, at) : longestPart
      if (size === longestPart || from + size > length) {
        at = this.#readOn(chunk, at)
        continue
      }
      this.#count(chunk[at + 3] as number)
      at = from + size
      this.#take(chunk, from, at)
    }
  }

  /** The next bytes of a packet that does not lie whole in one piece; returns where they end. */
  #readOn(chunk: Buffer, from: number): number {
    if (this.#missing === null) {
      const end = Math.min(chunk.length, from + headerLength - this.#headerUsed)
      this.#headerUsed += chunk.copy(this.#header, this.#headerUsed, from, end)
      if (this.#headerUsed === headerLength) this.#beginPart()
      return end
    }
    const end = Math.min(chunk.length, from + this.#missing)
    this.#used += chunk.copy(this.#parts, this.#used, from, end)
    this.#missing -= end - from
    if (this.#missing === 0) this.#endPart()
    return end
  }

  #beginPart(): void {
    this.#headerUsed = 0
    const size = sizeIn(this.#header, 0)
    this.#count(this.#header[3] as number)
    this.#goesOn = size === longestPart
    this.#missing = size
    const needed = this.#used + size
    if (needed > this.#parts.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(1.5 * this.#parts.length)))
      this.#parts.copy(larger, 0, 0, this.#used)
      this.#parts = larger
    }
    if (size === 0) this.#endPart()
  }

  #endPart(): void {
    this.#missing = null
    if (this.#goesOn) return
    const used = this.#used
    this.#used = 0
    this.#take(this.#parts, 0, used)
  }

  #count(sequence: number): void {
    if (sequence !== this.#sequence) {
      throw new MalformedStream(`packet ${sequence} came where ${this.#sequence} was expected`)
    }
    this.#sequence = (sequence + 1) & 0xff
  }
}

const sizeIn = (bytes: Buffer, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16)
