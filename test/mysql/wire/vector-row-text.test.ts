import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import type { FieldKind } from '../../../src/mysql/wire/columns.ts'
import { RowText } from '../../../src/mysql/wire/row-text.ts'
import { VectorRowText } from '../../../src/mysql/wire/vector-row-text.ts'
import { seededRandom } from '../../fixture/random.ts'

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
const kindsOf: readonly (FieldKind | null)[] = ['bare', 'quoted', 'quoted', 'hex', null]

const lengthOf = (length: number): Buffer => {
  if (length < 0xfb) return Buffer.from([length])
  const bytes = Buffer.alloc(length < 0x10000 ? 3 : 4, length < 0x10000 ? 0xfc : 0xfd)
  bytes.writeUIntLE(length, 1, bytes.length - 1)
  return bytes
}

const rowOf = (values: readonly (Buffer | null)[]): Buffer =>
  Buffer.concat(values.flatMap((value) => (value === null ? Buffer.from([0xfb]) : [lengthOf(value.length), value])))

/** Rows of random kinds, lengths and bytes, some of which are many that are escaped. */
const randomRows = (count: number) => {
  const random = seededRandom(seed)
  const below = (end: number) => Math.floor(random() * end)
  const escaped = Buffer.from('\0\n\r\x1a"\'\\')
  const kinds = Array.from({ length: 1 + below(12) }, () => kindsOf[below(kindsOf.length)] ?? null)
  const byte = (share: number) => (random() < share ? (escaped[below(escaped.length)] as number) : below(256))
  const randomValue = (kind: FieldKind | null): Buffer | null => {
    if (random() < 0.1) return null
    if (kind === 'bare') return Buffer.from(`${random() < 0.3 ? '-' : ''}${below(2 ** 31)}`)
    const [length, share] = [below(random() < 0.05 ? 600 : 70), random()]
    return Buffer.from(Array.from({ length }, () => byte(share)))
  }
  return { kinds, rows: Array.from({ length: count }, () => rowOf(kinds.map(randomValue))) }
}

const textsBy = (writer: RowText | VectorRowText, rows: readonly Buffer[]): string[] => {
  const piece = writer.receive(Buffer.concat(rows))
  let at = 0
  return rows.map((row) => {
    const length = writer.write(piece, at, at + row.length)
    at += row.length
    expect(writer.checksum(length)).toBe(crc32(writer.bytes.subarray(0, length)))
    return writer.bytes.toString('latin1', 0, length)
  })
}

const both = (kinds: readonly (FieldKind | null)[], product: 'mariadb' | 'mysql' = 'mariadb') => {
  const plain = new RowText(kinds, product)
  const vector = VectorRowText.over(new RowText(kinds, product))
  if (vector === null) throw new Error('it does not run here')
  return { plain, vector }
}

test(`sixteen bytes at a time give the same text as one at a time (seed ${seed})`, () => {
  for (let round = 0; round < 300; round++) {
    const { kinds, rows } = randomRows(40)
    const { plain, vector } = both(kinds, round % 2 === 0 ? 'mariadb' : 'mysql')
    expect(textsBy(vector, rows)).toEqual(textsBy(plain, rows))
  }
})

test('every byte is written alike in every place', () => {
  const { plain, vector } = both(['quoted', 'hex'])
  const rows: Buffer[] = []
  for (let byte = 0; byte < 256; byte++) {
    for (let before = 0; before < 34; before++) {
      const value = Buffer.concat([Buffer.alloc(before, 'a'), Buffer.from([byte]), Buffer.alloc(33 - before, 'b')])
      rows.push(rowOf([value, value.subarray(0, before + 1)]))
    }
    expect(textsBy(vector, rows)).toEqual(textsBy(plain, rows))
    rows.length = 0
  }
})

test('rows of any length, in one piece or in several, are written alike', () => {
  const { plain, vector } = both(['quoted', 'hex', 'bare'])
  for (const length of [0, 1, 250, 251, 65_000, 65_535, 65_536, 300_000]) {
    const row = rowOf([Buffer.alloc(length, '"'), Buffer.from('x'), Buffer.from('1')])
    const around = Buffer.concat([Buffer.from('before'), row, Buffer.from('behind')])
    const expected = plain.write(around, 6, 6 + row.length)
    for (const given of [around, vector.receive(around)]) {
      const written = vector.write(given, 6, 6 + row.length)
      expect(written).toBe(expected)
      expect(vector.bytes.subarray(0, written).equals(plain.bytes.subarray(0, written))).toBe(true)
      expect(vector.checksum(written)).toBe(plain.checksum(expected))
    }
  }
})

test('two tables that are read in turns do not disturb each other', () => {
  const [one, other] = [both(['quoted', 'bare']), both(['hex', 'hex', 'quoted'])]
  const rows = [rowOf([Buffer.from("it's"), Buffer.from('1')]), rowOf([Buffer.from('2'), Buffer.alloc(0), null])]
  for (let round = 0; round < 3; round++) {
    expect(textsBy(one.vector, rows.slice(0, 1))).toEqual(["('it\\'s',1)"])
    expect(textsBy(other.vector, rows.slice(1))).toEqual(["(0x32,'',NULL)"])
  }
})

test('what is no row is refused in the same words', () => {
  const refused = (writer: RowText | VectorRowText, row: Buffer): string => {
    try {
      return String(writer.write(writer.receive(row), 0, row.length))
    } catch (error) {
      return (error as Error).message
    }
  }
  const rows = [
    ...['inf', '-inf', 'nan', ''].map((number) => rowOf([Buffer.from(number), Buffer.from('a')])),
    rowOf([Buffer.from('1')]),
    rowOf([Buffer.from('1'), Buffer.from('a'), Buffer.from('b')]),
    ...[[1], [1, 0x31, 5, 0x61], [1, 0x31, 0xfc, 9], [1, 0x31, 0xff, 9]].map((bytes) => Buffer.from(bytes)),
  ]
  const { plain, vector } = both(['bare', 'quoted'])
  for (const row of rows) {
    expect(refused(vector, row)).toBe(refused(plain, row))
    expect(refused(vector, row)).not.toMatch(/^\d+$/)
  }
})
