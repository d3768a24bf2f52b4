import { format } from 'date-fns/format'
import { getISODay } from 'date-fns/getISODay'
import { parseISO } from 'date-fns/parseISO'
import type { Day, DayMark } from '../../jobs/report/calendar.ts'
import type { Report } from '../../jobs/report/compose.ts'
import { formatQuantity } from '../format.ts'

const marks: Readonly<Record<DayMark, { readonly sign: string; readonly means: string }>> = {
  good: { sign: '✓', means: 'a good backup' },
  incomplete: { sign: '!', means: 'an incomplete backup' },
  failed: { sign: '✗', means: 'every backup failed' },
  missed: { sign: '–', means: 'missed: no backup ran' },
  quiet: { sign: '·', means: 'none, and none was due' },
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** A day as a cell; null where a week has no day of the month, or of the period. */
type Cell = (Day & { readonly number: number }) | null

/** The calendar by months, and how it is read. */
export const calendarView = ({ calendar }: Report) => ({
  marks,
  weekdays,
  months: monthsOf(calendar),
  calendarSays: sentence(calendar),
})

const monthsOf = (
  calendar: readonly Day[],
): { readonly name: string; readonly weeks: readonly (readonly Cell[])[] }[] => {
  const months = new Map<string, Cell[][]>()
  for (const day of calendar) {
    const date = parseISO(day.date)
    const name = format(date, 'MMMM yyyy')
    const weeks = months.get(name) ?? []
    months.set(name, weeks)
    const column = getISODay(date) - 1
    if (weeks.length === 0 || column === 0) weeks.push(Array<Cell>(7).fill(null))
    weeks.at(-1)?.splice(column, 1, { ...day, number: date.getDate() })
  }
  return [...months].map(([name, weeks]) => ({ name, weeks }))
}

const sentence = (calendar: readonly Day[]): string => {
  const days = (mark: DayMark): number => calendar.filter((day) => day.mark === mark).length
  const told = [
    `a good backup on ${formatQuantity(days('good'), 'day')}`,
    ...(days('incomplete') > 0 ? [`an incomplete one on ${formatQuantity(days('incomplete'), 'day')}`] : []),
    ...(days('failed') > 0 ? [`only failures on ${formatQuantity(days('failed'), 'day')}`] : []),
    ...(days('missed') > 0 ? [`missed on ${formatQuantity(days('missed'), 'day')}`] : []),
  ]
  const text = told.join('; ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
