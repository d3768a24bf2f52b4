import { z } from 'zod'

/** In the order of cron, where Sunday is 0. */
export const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

export type Weekday = (typeof weekdays)[number]

/** At these times of the day, on these days of the week or of the month; with neither on every day. */
export interface DueTimes {
  readonly weekdays: readonly Weekday[]
  readonly monthDays: readonly number[]
  readonly times: readonly { readonly hour: number; readonly minute: number }[]
}

const right =
  'must be a time of day, such as 03:00, with the day before it where it is not every day: Sun 05:00, or 1 06:00 for the first of the month (up to 28); or off'

/** Null is `off`: never. Days and times may be several each. */
export const dueTimes = z.string().transform((value, context): DueTimes | null => {
  if (value === 'off') return null
  const words = value.split(/[\s,]+/).filter((word) => word !== '')
  const times = words.flatMap((word) => timeOf(word) ?? [])
  const named = words.flatMap((word) => weekdayOf(word) ?? [])
  const numbered = words.filter((word) => /^([1-9]|1\d|2[0-8])$/.test(word)).map(Number)
  const firstTime = words.findIndex((word) => timeOf(word) !== null)
  const isRight =
    times.length > 0 &&
    // Days stand before times: `05:00 Sun 06:00` would be read in two ways.
    times.length === words.length - firstTime &&
    named.length + numbered.length === firstTime &&
    (named.length === 0 || numbered.length === 0)
  if (isRight) return { weekdays: named, monthDays: numbered, times }
  context.addIssue({ code: 'custom', message: right })
  return z.NEVER
})

const timeOf = (word: string): DueTimes['times'][number] | null => {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(word) ?? []
  return hour === undefined ? null : { hour: Number(hour), minute: Number(minute) }
}

const weekdayOf = (word: string): Weekday | null =>
  weekdays.find((day) => day.toLowerCase() === word.slice(0, 3).toLowerCase() && /^[a-z]{3,9}$/i.test(word)) ?? null
