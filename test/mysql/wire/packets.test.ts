import { describe, expect, test } from 'vitest'
import { PacketReader } from '../../../src/mysql/wire/packets.ts'

const longestPart = 0xffffff

/** What a server sends for these packets, in parts where one is too long. */
const streamOf = (packets: readonly Buffer[]): Buffer => {
  const parts: Buffer[] = []
  let sequence = 1
  const part = (bytes: Buffer) => {
    const header = Buffer.alloc(4)
    header.writeUIntLE(bytes.length, 0, 3)
    header[3] = sequence++ & 0xff
    parts.push(header, bytes)
  }
  for (const packet of packets) {
    let at = 0
    for (; packet.length - at >= longestPart; at += longestPart) part(packet.subarray(at, at + longestPart))
    part(packet.subarray(at))
  }
  return Buffer.concat(parts)
}

const readIn = (pieces: Iterable<Buffer>): Buffer[] => {
  const found: Buffer[] = []
  const reader = new PacketReader((bytes, start, end) => found.push(Buffer.from(bytes.subarray(start, end))))
  reader.begin()
  for (const piece of pieces) reader.write(piece)
  expect(reader.isAmidst).toBe(false)
  return found
}

const piecesOf = function* (stream: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < stream.length; at += size) yield stream.subarray(at, at + size)
}

const small = [Buffer.from('one'), Buffer.alloc(0), Buffer.from([0xfe]), Buffer.alloc(300, 'x'), Buffer.from('last')]

describe('packets', () => {
  test('are the same wherever the stream is cut into pieces', () => {
    const stream = streamOf(small)
    for (let size = 1; size <= stream.length; size++) {
      expect(readIn(piecesOf(stream, size)), `pieces of ${size}`).toEqual(small)
    }
  })

  test.each([longestPart - 1, longestPart, longestPart + 1, 2 * longestPart, 2 * longestPart + 5])(
    'of %i bytes come whole',
    (length) => {
      const large = Buffer.alloc(length, 'abcdefg')
      const packets = [Buffer.from('before'), large, Buffer.from('behind')]
      const [before, found, behind] = readIn(piecesOf(streamOf(packets), 65_536))
      expect(found?.equals(large)).toBe(true)
      expect([before, behind]).toEqual([packets[0], packets[2]])
    },
  )

  test('that do not follow one another are refused', () => {
    const stream = streamOf(small)
    const second = stream.subarray(7)
    expect(() => readIn([second])).toThrow('packet 2 came where 1 was expected')
  })

  test('whose number begins anew after 255 are taken', () => {
    const many = Array.from({ length: 700 }, (_, i) => Buffer.from(`${i}`))
    expect(readIn(piecesOf(streamOf(many), 100))).toEqual(many)
  })
})
