import { crc32 } from 'node:zlib'
import type { FieldKind } from './columns.ts'
import { eightBytes, nullMark, threeBytes, twoBytes } from './fields.ts'
import { MalformedStream } from './malformed-stream.ts'
import { NotForeseen } from './not-foreseen.ts'

const open = 0x28
const close = 0x29
const comma = 0x2c
const quote = 0x27
const backslash = 0x5c
const minus = 0x2d

/** What stands behind a backslash instead of a byte; 0 for a byte that stays as it is. */
const escapes = new Uint8Array(256)
for (const [byte, letter] of [
  ['\0', '0'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\x1a', 'Z'],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
] as const) {
  escapes[byte.charCodeAt(0)] = letter.charCodeAt(0)
}

const digits = Buffer.from('0123456789ABCDEF')
const nothing = Buffer.from('NULL')

/** How a dump program writes a value of no bytes in a column of bytes. */
export const emptyBytes = { mariadb: "''", mysql: "_binary ''" } as const

/** How much more than twice its bytes a value can need: MySQL’s word for an empty one, and a comma. */
const mostAround = 16

/** Writes rows, as the protocol sends them, as the dump program writes them: `(1,'text',0xFF,NULL)`. */
export interface RowWriter {
  /** What was written last; valid until the next row. */
  readonly bytes: Buffer
  /** Gets every piece of the stream before its packets are read: returns it, or the same bytes in another place. */
  receive(piece: Buffer): Buffer
  /** Returns the length of the row’s text. */
  write(row: Buffer, start: number, end: number): number
  /** CRC-32 of the text of this length that was written last. */
  checksum(length: number): number
}

/** A byte after the other. What is of no kind is left out. */
export class RowText implements RowWriter {
  readonly kinds: readonly (FieldKind | null)[]
  readonly product: keyof typeof emptyBytes
  readonly #empty: Buffer
  #text = Buffer.allocUnsafeSlow(64 * 1024)

  constructor(kinds: readonly (FieldKind | null)[], product: keyof typeof emptyBytes) {
    this.kinds = kinds
    this.product = product
    this.#empty = Buffer.from(emptyBytes[product])
  }

  checksum(length: number): number {
    return crc32(this.#text.subarray(0, length))
  }

  get bytes(): Buffer {
    return this.#text
  }

  receive(piece: Buffer): Buffer {
    return piece
  }

  write(row: Buffer, start: number, end: number): number {
    const kinds = this.kinds
    const most = 2 * (end - start) + mostAround * (kinds.length + 1)
    if (most > this.#text.length) this.#text = Buffer.allocUnsafeSlow(most)
    const text = this.#text
    let to = 0
    let at = start
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[i]
      if (kind !== null) {
        text[to] = to === 0 ? open : comma
        to++
      }
      const first = at < end ? (row[at++] as number) : 0xff
      if (first === nullMark) {
        if (kind !== null) to += nothing.copy(text, to)
        continue
      }
      let length = first
      if (first >= twoBytes) {
        length = longLength(row, at, first)
        at += lengthBytes[first - twoBytes] as number
      }
      const last = at + length
      if (last > end) throw new MalformedStream('a row is shorter than its values')
      if (kind === 'quoted') to = quotedText(row, at, last, text, to)
      else if (kind === 'bare') to = bareText(row, at, last, text, to)
      else if (kind === 'hex' && length === 0) to += this.#empty.copy(text, to)
      else if (kind === 'hex') to = hexText(row, at, last, text, to)
      at = last
    }
    if (at !== end) throw new MalformedStream('a row is longer than its values')
    text[to++] = close
    return to
  }
}

const lengthBytes = [2, 3, 8, 0] as const

const longLength = (row: Buffer, at: number, first: number): number => {
  if (first === twoBytes) return row.readUInt16LE(at)
  if (first === threeBytes) return row.readUIntLE(at, 3)
  if (first === eightBytes) return Number(row.readBigUInt64LE(at))
  throw new MalformedStream('a row has fewer values than columns')
}

const quotedText = (row: Buffer, start: number, end: number, text: Buffer, from: number): number => {
  let to = from
  text[to++] = quote
  for (let at = start; at < end; at++) {
    const byte = row[at] as number
    const letter = escapes[byte] as number
    if (letter === 0) text[to++] = byte
    else {
      text[to++] = backslash
      text[to++] = letter
    }
  }
  text[to++] = quote
  return to
}

/** What is no number, such as `inf`, is left to the dump program. */
const bareText = (row: Buffer, start: number, end: number, text: Buffer, from: number): number => {
  const sign = row[start] === minus ? 1 : 0
  if (end === start || isLetter(row[start + sign] as number)) {
    throw new NotForeseen('a number is none')
  }
  let to = from
  for (let at = start; at < end; at++) text[to++] = row[at] as number
  return to
}

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a

const hexText = (row: Buffer, start: number, end: number, text: Buffer, from: number): number => {
  let to = from
  text[to++] = 0x30
  text[to++] = 0x78
  for (let at = start; at < end; at++) {
    const byte = row[at] as number
    text[to++] = digits[byte >> 4] as number
    text[to++] = digits[byte & 15] as number
  }
  return to
}
