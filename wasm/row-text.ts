// Compiled by AssemblyScript: this is no TypeScript, though it looks like it.
// It writes rows as `row-text.ts` does, sixteen bytes at a time; what is out of the ordinary it leaves to that.

/** Where in memory what lies; `vector-rows.ts` knows the same. */
const kinds: usize = 0x1000
const emptyText: usize = 0x3000
const tables: usize = 0x4000
const output: usize = 0x30000

const bare: u8 = 1
const quoted: u8 = 2

const backslash: u16 = 0x5c

/** What `checksum` looks up: of a byte, and of the same with one to seven bytes of zero behind it. Called once. */
export function makeTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let sum = byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >> 1) : sum >> 1
    store<u32>(tables + (byte << 2), sum)
  }
  for (let at: usize = tables + 0x400; at < tables + 0x2000; at += 4) {
    const shorter = load<u32>(at - 0x400)
    store<u32>(at, (shorter >> 8) ^ load<u32>(tables + ((shorter & 0xff) << 2)))
  }
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function lookUp(table: usize, byte: u32): u32 {
  return load<u32>(tables + (table << 10) + ((byte & 0xff) << 2))
}

/** CRC-32 of the text that was written last, eight bytes at a time. */
export function checksum(length: usize): u32 {
  const end = output + length
  let sum: u32 = 0xffffffff
  let at = output
  for (; at + 8 <= end; at += 8) {
    const first = load<u32>(at) ^ sum
    const second = load<u32>(at + 4)
    sum =
      lookUp(7, first) ^
      lookUp(6, first >> 8) ^
      lookUp(5, first >> 16) ^
      lookUp(4, first >> 24) ^
      lookUp(3, second) ^
      lookUp(2, second >> 8) ^
      lookUp(1, second >> 16) ^
      lookUp(0, second >> 24)
  }
  for (; at < end; at++) sum = (sum >> 8) ^ lookUp(0, sum ^ load<u8>(at))
  return ~sum
}

/** The length of the row’s text; -1 when it is left to JavaScript. */
export function write(start: usize, end: usize, columns: usize, emptyLength: usize): i32 {
  let at = start
  let to = output
  for (let i: usize = 0; i < columns; i++) {
    const kind = load<u8>(kinds + i)
    if (kind != 0) store<u8>(to, to == output ? 0x28 : 0x2c), to++
    if (at >= end) return -1
    let length: usize = load<u8>(at++)
    if (length >= 0xfb) {
      if (length == 0xfb) {
        if (kind != 0) store<u32>(to, 0x4c4c554e), (to += 4)
        continue
      }
      if (length != 0xfc || end - at < 2) return -1
      length = load<u16>(at)
      at += 2
    }
    if (length > end - at) return -1
    if (kind == quoted) to = writeQuoted(at, at + length, to)
    else if (kind == bare) {
      if (!isNumber(at, length)) return -1
      to = copy(at, length, to)
    } else if (kind != 0) to = length == 0 ? copy(emptyText, emptyLength, to) : writeHex(at, at + length, to)
    at += length
  }
  if (at != end) return -1
  store<u8>(to, 0x29)
  return <i32>(to + 1 - output)
}

/** Up to fifteen bytes behind it are overwritten. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function copy(from: usize, length: usize, to: usize): usize {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i))
  return to + length
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function isNumber(at: usize, length: usize): bool {
  if (length == 0) return false
  const first = load<u8>(load<u8>(at) == 0x2d ? at + 1 : at) | 0x20
  return first < 0x61 || first > 0x7a
}

/** A byte is escaped when the bits of its two halves meet: 00 0a 0d, 1a, 22 27, 5c. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function escapedAmong(bytes: v128): i32 {
  const low = i8x16.swizzle(i8x16(1, 0, 4, 0, 0, 0, 0, 4, 0, 0, 3, 0, 8, 1, 0, 0), v128.and(bytes, i8x16.splat(15)))
  const high = i8x16.swizzle(i8x16(1, 2, 4, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), i8x16.shr_u(bytes, 4))
  return i8x16.bitmask(i8x16.ne(v128.and(low, high), i8x16.splat(0)))
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function letterOf(byte: u8): u8 {
  if (byte > 0x1a) return byte
  if (byte == 0x0a) return 0x6e
  if (byte == 0x0d) return 0x72
  return byte == 0 ? 0x30 : 0x5a
}

function writeQuoted(start: usize, end: usize, from: usize): usize {
  let to = from
  store<u8>(to++, 0x27)
  for (let at = start; at < end; at += 16) {
    let escaped = escapedAmong(v128.load(at))
    let next = at
    while (escaped != 0) {
      const special = at + <usize>ctz(escaped)
      if (special >= end) break
      v128.store(to, v128.load(next))
      to += special - next
      store<u16>(to, backslash | (<u16>letterOf(load<u8>(special)) << 8))
      to += 2
      next = special + 1
      escaped &= escaped - 1
    }
    v128.store(to, v128.load(next))
    to += min(at + 16, end) - next
  }
  store<u8>(to++, 0x27)
  return to
}

function writeHex(start: usize, end: usize, from: usize): usize {
  let to = from
  store<u16>(to, 0x7830)
  to += 2
  for (let at = start; at < end; at++) {
    const byte = load<u8>(at)
    store<u16>(to, digit(byte >> 4) | (digit(byte & 15) << 8))
    to += 2
  }
  return to
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function digit(value: u8): u16 {
  return value < 10 ? 0x30 + value : 0x37 + value
}
