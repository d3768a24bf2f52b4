import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays'
import { format } from 'date-fns/format'
import { startOfDay } from 'date-fns/startOfDay'
import { startOfISOWeek } from 'date-fns/startOfISOWeek'
import { startOfMonth } from 'date-fns/startOfMonth'
import { subDays } from 'date-fns/subDays'

/** The days that are reported on, in the zone of this host; the last is today. */
export interface Period {
  /** The first moment of the first day. */
  readonly from: Date
  readonly to: Date
}

export const periodOf = (now: Date, days: number): Period => ({ from: startOfDay(subDays(now, days - 1)), to: now })

export const isWithinPeriod = ({ from, to }: Period, time: string): boolean =>
  Date.parse(time) >= from.getTime() && Date.parse(time) <= to.getTime()

/** `2026-05-04`, in the zone of this host. */
export const dayOf = (time: Date | string): string => format(new Date(time), 'yyyy-MM-dd')

/** For how many days a table can have a line a week. */
const mostDaysOfWeeks = 120

/** The week or, in a longer period, the month of a time: a table of them is short. */
export const stretchOf = ({ from, to }: Period, time: string): string =>
  differenceInCalendarDays(to, from) > mostDaysOfWeeks
    ? format(startOfMonth(new Date(time)), 'yyyy-MM')
    : dayOf(startOfISOWeek(new Date(time)))
