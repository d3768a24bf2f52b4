import { Cron } from 'croner'
import type { Config } from '../../config/config.ts'

/** Days and times of the settings; null where something is never done. */
export type Times = Config['backupAt']

const numberOf = { Sun: 0, Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6 } as const

/** The five fields of cron, once for each time of day. */
export const cronFieldsOf = (times: Times): string[] =>
  times === null
    ? []
    : times.times.map(({ hour, minute }) => {
        const weekdays = times.weekdays.map((day) => numberOf[day])
        return `${minute} ${hour} ${times.monthDays.join(',') || '*'} * ${weekdays.join(',') || '*'}`
      })

const two = (number: number): string => String(number).padStart(2, '0')

/** The same as systemd says it: `Sun *-*-* 05:00:00`. */
export const calendarsOf = (times: Times): string[] =>
  times === null
    ? []
    : times.times.map(({ hour, minute }) => {
        const weekdays = times.weekdays.length === 0 ? '' : `${times.weekdays.join(',')} `
        return `${weekdays}*-*-${times.monthDays.map(two).join(',') || '*'} ${two(hour)}:${two(minute)}:00`
      })

const schedulesOf = (times: Times, zone: string): Cron[] =>
  cronFieldsOf(times).map((fields) => new Cron(fields, { timezone: zone }))

/**
 * When something was due last, `now` included; null for what never is. A time that a night skips, because clocks are put
 * forward, counts as the end of what is skipped; one that comes twice counts once, the first time.
 */
export const lastDue = (times: Times, now: Date, zone: string): Date | null => {
  // What is asked for lies before this second.
  const until = new Date(now.getTime() + 1000)
  return latest(schedulesOf(times, zone).flatMap((schedule) => schedule.previousRuns(1, until)))
}

/** When something is due next, `count` times. */
export const nextDue = (times: Times, now: Date, zone: string, count: number): Date[] => {
  const all = schedulesOf(times, zone).flatMap((schedule) => schedule.nextRuns(count, now))
  const instants = [...new Set(all.map((date) => date.getTime()))]
  return instants
    .toSorted((one, other) => one - other)
    .slice(0, count)
    .map((instant) => new Date(instant))
}

const latest = (dates: readonly Date[]): Date | null =>
  dates.length === 0 ? null : new Date(Math.max(...dates.map((date) => date.getTime())))
