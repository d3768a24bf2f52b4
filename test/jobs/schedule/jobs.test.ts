import { describe, expect, test } from 'vitest'
import { dueTimes } from '../../../src/config/settings/due-times.ts'
import {
  argumentsOf,
  isDue,
  type PastRun,
  type Plan,
  planOf,
  scheduledCommands,
} from '../../../src/jobs/schedule/jobs.ts'
import { configWith } from '../../fixture/config.ts'

const zone = 'Europe/Berlin'
const plan = planOf(configWith({}), false)

const ran = (command: string, ended: string, exitCode: number | null = 0, pruned = false): PastRun => ({
  command,
  ended,
  exitCode,
  facts: { pruned },
})

const dueAt = (
  now: string,
  past: readonly PastRun[],
  { since = null, ...changes }: Partial<Plan> & { since?: Date | null } = {},
) =>
  scheduledCommands.filter((command) =>
    isDue(command, { ...plan, ...changes }, past, { now: new Date(now), zone, since }),
  )

/** A Monday; the day is local, the clock UTC+2. */
const night = '2026-05-04T01:10:00Z'
const weekend = [ran('drill', '2026-05-03T03:30:00Z'), ran('check', '2026-05-01T04:30:00Z')]

describe('what is due', () => {
  test('is the backup, at night, and nothing that was done in its week or month', () => {
    expect(
      dueAt(night, [...weekend, ran('backup', '2026-05-03T01:20:00Z', 0), ran('forget', '2026-05-03T01:21:00Z')]),
    ).toEqual(['backup'])
  })

  test('is forget after a good backup, and once', () => {
    const backup = ran('backup', '2026-05-04T01:05:00Z')
    expect(dueAt(night, [...weekend, backup])).toEqual(['forget'])
    expect(dueAt(night, [...weekend, backup, ran('forget', '2026-05-04T01:06:00Z')])).toEqual([])
    expect(dueAt(night, [...weekend, backup, ran('forget', '2026-05-04T01:06:00Z', 1)])).toEqual([])
  })

  test.each([1, 2, 3, 10, 12, 130, null])(
    'is never forget after a backup that ended with %s, whatever was before it',
    (exitCode) => {
      const past = [...weekend, ran('backup', '2026-05-03T01:05:00Z'), ran('backup', '2026-05-04T01:05:00Z', exitCode)]
      expect(dueAt(night, past)).not.toContain('forget')
    },
  )

  test('is still what found the lock held', () => {
    const locked = ran('backup', '2026-05-04T01:05:00Z', 11)
    expect(dueAt(night, [...weekend, locked, locked, locked, locked])).toEqual(['backup'])
  })

  test('is nothing that has failed: that is told, and not repeated', () => {
    expect(dueAt('2026-05-04T10:00:00Z', [...weekend, ran('backup', '2026-05-04T01:05:00Z', 1)])).toEqual([])
  })

  test.each([130, 143, null])('is again what was cut off (%s), but not for ever', (exitCode) => {
    const cut = ran('backup', '2026-05-04T01:05:00Z', exitCode)
    expect(dueAt(night, [...weekend, cut, cut])).toEqual(['backup'])
    expect(dueAt(night, [...weekend, cut, cut, cut])).toEqual([])
  })

  test('is what a night has missed, and a week, once each', () => {
    const lastMonth = [
      ran('backup', '2026-04-02T01:20:00Z'),
      ran('forget', '2026-04-02T01:30:00Z'),
      ran('drill', '2026-03-29T03:30:00Z'),
      ran('check', '2026-04-01T04:30:00Z'),
    ]
    expect(dueAt('2026-05-04T09:00:00Z', lastMonth)).toEqual(['backup', 'drill', 'check'])
  })

  test('is nothing that was due before it ran by itself', () => {
    const since = new Date('2026-05-04T08:00:00Z')
    expect(dueAt('2026-05-04T09:00:00Z', [ran('backup', '2026-05-04T07:00:00Z')], { since })).toEqual([])
    expect(dueAt('2026-05-05T01:00:00Z', [ran('backup', '2026-05-04T07:00:00Z')], { since })).toEqual(['backup'])
  })

  test('is no backup and no forget where a wrapper makes them', () => {
    const config = configWith({})
    expect(planOf(config, true)).toEqual({ backup: null, forget: false, drill: config.drillAt, check: config.checkAt })
    expect(dueAt(night, [], planOf(config, true))).toEqual(['drill', 'check'])
  })

  test('is no backup of a run that ended after its time, whoever began it', () => {
    expect(
      dueAt(night, [...weekend, ran('backup', '2026-05-04T01:00:01Z'), ran('forget', '2026-05-04T01:02:00Z')]),
    ).toEqual([])
  })
})

/** Asked every half an hour of these days, with what is due done each time; the days on which it was. */
const daysOf = (text: string, from: string, until: string) => {
  const past: PastRun[] = []
  const times = { ...plan, backup: dueTimes.parse(text), forget: false, drill: null, check: null }
  const since = new Date(from)
  for (let now = since; now < new Date(until); now = new Date(now.getTime() + 1_800_000)) {
    if (isDue('backup', times, past, { now, zone, since })) past.push(ran('backup', now.toISOString()))
  }
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })
  return past.map(({ ended }) => day.format(new Date(ended)).slice(5))
}

describe('nights in which clocks are changed', () => {
  test.each(['00:00', '02:00', '02:30', '03:00'])('at %s have one backup each', (text) => {
    expect(daysOf(text, '2026-03-27T23:00:00Z', '2026-03-30T22:00:00Z')).toEqual(['03-28', '03-29', '03-30'])
    expect(daysOf(text, '2026-10-23T22:00:00Z', '2026-10-26T23:00:00Z')).toEqual(['10-24', '10-25', '10-26'])
  })
})

describe('forget', () => {
  const now = new Date('2026-05-10T01:10:00Z')

  test('frees space once a week', () => {
    expect(argumentsOf('forget', [], now)).toEqual(['forget', '--prune'])
    expect(argumentsOf('forget', [ran('forget', '2026-05-04T01:10:00Z', 0, true)], now)).toEqual(['forget'])
    expect(argumentsOf('forget', [ran('forget', '2026-05-03T01:15:00Z', 0, true)], now)).toEqual(['forget', '--prune'])
    expect(argumentsOf('forget', [ran('forget', '2026-05-09T01:10:00Z', 1, true)], now)).toEqual(['forget', '--prune'])
  })
})
