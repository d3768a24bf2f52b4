import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatQuantity,
  formatRate,
  formatRemaining,
  formatTime,
} from '../../src/ui/format.ts'

describe('what a person reads', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [1_288_490_189, '1.2 GiB'],
    [50 * 1024 ** 3, '50 GiB'],
  ])('%d bytes are %j', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  it.each([
    [0, '0.0 s'],
    [0.44, '0.4 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [185, '3 min 5 s'],
    [3599.9, '1 h'],
    [7800, '2 h 10 min'],
    [86_400 + 3 * 3600, '1 d 3 h'],
  ])('%d seconds are %j', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })

  it('counts, rates and remaining times have no needless digits', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567')
    expect(formatQuantity(1, 'file')).toBe('1 file')
    expect(formatQuantity(2000, 'file')).toBe('2,000 files')
    expect(formatRate(12.3456 * 1024 * 1024)).toBe('12.3 MiB/s')
    expect(formatRemaining(0.2)).toBe('1 s')
    expect(formatRemaining(61)).toBe('1 min 1 s')
  })

  it('a time is that of this host, with its zone', () => {
    const time = formatTime('2026-05-04T01:12:07Z')
    expect(time).toMatch(/^2026-05-0[345] \d\d:\d\d:07 [+-]\d\d:\d\d$/)
    expect(new Date(time).toISOString()).toBe('2026-05-04T01:12:07.000Z')
  })
})
