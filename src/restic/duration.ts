import type { Duration } from 'date-fns'

const units = { y: 'years', m: 'months', d: 'days', h: 'hours' } as const

/** Reads `1y5m7d2h`, whose `m` are months. Of a unit that is given twice the last counts, as in restic's own `ParseDuration`. */
export const readDuration = (text: string): Required<Pick<Duration, 'years' | 'months' | 'days' | 'hours'>> => {
  const duration = { years: 0, months: 0, days: 0, hours: 0 }
  for (const [, count, unit] of text.matchAll(/(\d+)([ymdh])/g)) duration[units[unit as 'y']] = Number(count)
  return duration
}
