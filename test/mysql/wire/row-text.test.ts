import { describe, expect, test } from 'vitest'
import { type FieldKind, kindOfColumn } from '../../../src/mysql/wire/columns.ts'
import { NotForeseen } from '../../../src/mysql/wire/not-foreseen.ts'
import { RowText } from '../../../src/mysql/wire/row-text.ts'

/** A row as the protocol writes it, with something before and behind it. */
const sent = (values: readonly (string | Buffer | null)[]): Buffer =>
  Buffer.concat(
    values.map((value) => {
      if (value === null) return Buffer.from([0xfb])
      const bytes = Buffer.from(value as string)
      if (bytes.length < 0xfb) return Buffer.concat([Buffer.from([bytes.length]), bytes])
      const length = Buffer.alloc(4)
      length.writeUIntLE(bytes.length, 1, 3)
      length[0] = 0xfd
      return Buffer.concat([length, bytes])
    }),
  )

const written = (
  kinds: readonly (FieldKind | null)[],
  values: readonly (string | Buffer | null)[],
  product: 'mariadb' | 'mysql' = 'mariadb',
): string => {
  const row = sent(values)
  const around = Buffer.concat([Buffer.from('before'), row, Buffer.from('behind')])
  const text = new RowText(kinds, product)
  const length = text.write(around, 6, 6 + row.length)
  return text.bytes.toString('latin1', 0, length)
}

describe('the text of a row', () => {
  test('has numbers as they come, texts in quotes, bytes as digits, and NULL', () => {
    expect(written(['bare', 'quoted', 'hex', 'hex', 'quoted'], ['-7', 'a', Buffer.from([0, 255]), null, null])).toBe(
      "(-7,'a',0x00FF,NULL,NULL)",
    )
  })

  test('escapes what a string cannot hold, and nothing else', () => {
    const all = Buffer.from(Array.from({ length: 128 }, (_, i) => i)).toString('latin1')
    const escaped = all
      .replaceAll('\\', '\\\\')
      .replaceAll('\0', '\\0')
      .replaceAll('\n', '\\n')
      .replaceAll('\r', '\\r')
      .replaceAll('\x1a', '\\Z')
      .replaceAll('"', '\\"')
      .replaceAll("'", "\\'")
    expect(written(['quoted'], [all])).toBe(`('${escaped}')`)
  })

  test('has a word before no bytes in what MySQL’s program writes', () => {
    expect(written(['hex', 'quoted'], ['', ''])).toBe("('','')")
    expect(written(['hex', 'quoted'], ['', ''], 'mysql')).toBe("(_binary '','')")
  })

  test('leaves out what is generated, also at its beginning', () => {
    expect(written([null, 'bare', null, 'bare', null], ['1', '2', null, '4', ''])).toBe('(2,4)')
  })

  test('has room for values that become twice as long', () => {
    const quotes = '"'.repeat(300_000)
    const expected = `('${'\\"'.repeat(300_000)}',0x${'22'.repeat(300_000)})`
    expect(written(['quoted', 'hex'], [quotes, quotes]) === expected).toBe(true)
  })

  test('is not made of a number that is none', () => {
    for (const number of ['inf', '-inf', 'nan', '']) expect(() => written(['bare'], [number])).toThrow(NotForeseen)
  })

  test('is not made of a row with another number of values', () => {
    expect(() => written(['bare'], ['1', '2'])).toThrow('longer')
    expect(() => written(['bare', 'bare'], ['1'])).toThrow('fewer values')
    const cut = new RowText(['quoted'], 'mariadb')
    expect(() => cut.write(Buffer.from([5, 0x61]), 0, 2)).toThrow('shorter')
  })

  test('is not known for a type that is not', () => {
    for (const type of [0, 6, 14, 17, 242, 244]) {
      expect(() => kindOfColumn({ name: 'odd', type, characterSet: 63 })).toThrow(NotForeseen)
    }
  })
})
