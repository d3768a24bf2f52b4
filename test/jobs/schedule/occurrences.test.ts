import { describe, expect, test } from 'vitest'
import { dueTimes } from '../../../src/config/settings/due-times.ts'
import { calendarsOf, cronFieldsOf, lastDue, nextDue } from '../../../src/jobs/schedule/occurrences.ts'

const berlin = 'Europe/Berlin'
const at = (text: string) => dueTimes.parse(text)
const next = (text: string, from: string, count = 3) =>
  nextDue(at(text), new Date(from), berlin, count).map((date) => date.toISOString())
const last = (text: string, now: string) => lastDue(at(text), new Date(now), berlin)?.toISOString()

describe('what is due', () => {
  test.each([
    ['03:00', '0 3 * * *', '*-*-* 03:00:00'],
    ['Sun 05:00', '0 5 * * 0', 'Sun *-*-* 05:00:00'],
    ['Mon, thursday 5:07', '7 5 * * 1,4', 'Mon,Thu *-*-* 05:07:00'],
    ['1 15 06:00', '0 6 1,15 * *', '*-*-01,15 06:00:00'],
  ])('at %s is "%s" for cron and "%s" for systemd', (text, cron, calendar) => {
    expect([cronFieldsOf(at(text)), calendarsOf(at(text))]).toEqual([[cron], [calendar]])
  })

  test('at several times a day comes at each of them', () => {
    expect(next('03:00 15:00', '2026-05-04T00:00:00Z')).toEqual([
      '2026-05-04T01:00:00.000Z',
      '2026-05-04T13:00:00.000Z',
      '2026-05-05T01:00:00.000Z',
    ])
  })

  test('in the hour that a night in March skips comes once, when that is over', () => {
    expect(next('02:30', '2026-03-28T12:00:00Z', 2)).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'])
    expect(last('02:30', '2026-03-29T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z')
  })

  test('in the hour that a night in October repeats comes once, at first', () => {
    expect(next('02:30', '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
    for (const now of ['2026-10-25T00:45:00Z', '2026-10-25T01:45:00Z', '2026-10-25T12:00:00Z']) {
      expect(last('02:30', now)).toBe('2026-10-25T00:30:00.000Z')
    }
  })

  test('is due in the second in which it comes, and not before', () => {
    expect(last('03:00', '2026-05-04T01:00:00.000Z')).toBe('2026-05-04T01:00:00.000Z')
    expect(last('03:00', '2026-05-04T00:59:59.000Z')).toBe('2026-05-03T01:00:00.000Z')
  })

  test('never is never due', () => {
    expect([lastDue(at('off'), new Date(), berlin), next('off', '2026-05-04T00:00:00Z')]).toEqual([null, []])
  })
})

describe('a setting of times', () => {
  test.each(['', '3', 'Sun', '25:00', '05:00 Sun', '29 05:00', 'Sun 1 05:00', 'Foo 05:00', 'off 05:00', '03:00 4'])(
    'refuses "%s"',
    (text) => {
      expect(dueTimes.safeParse(text).success).toBe(false)
    },
  )
})
