import { addDays } from 'date-fns/addDays'
import { eachDayOfInterval } from 'date-fns/eachDayOfInterval'
import { exitCodes } from '../../errors.ts'
import type { Run } from '../history/run.ts'
import { isGood, operationOf } from '../telling/operations.ts'
import { dayOf, type Period } from './period.ts'

/** What became of the backups of a day; `quiet` is one on which none was made, and none was due. */
export type DayMark = 'good' | 'incomplete' | 'failed' | 'missed' | 'quiet'

export interface Day {
  /** `2026-05-04` */
  readonly date: string
  readonly mark: DayMark
}

/**
 * A mark for every day of the period. A day was missed when no backup ran on it, and the one before and the one after are
 * further apart than a backup may be old. Before the first backup nothing is missed.
 */
export const calendarOf = (runs: readonly Run[], { from, to }: Period, greatestAge: number): Day[] => {
  const backups = runs.filter((run) => operationOf(run) === 'backup')
  const byDay = new Map<string, Run[]>()
  for (const run of backups) byDay.set(dayOf(run.began), [...(byDay.get(dayOf(run.began)) ?? []), run])
  const good = backups.filter(isGood).map(({ ended }) => Date.parse(ended))
  return eachDayOfInterval({ start: from, end: to }).map((day) => {
    const date = dayOf(day)
    return { date, mark: markOf(byDay.get(date) ?? []) ?? absent(day, good, to, greatestAge) }
  })
}

const markOf = (ofDay: readonly Run[]): DayMark | null => {
  // A wrapper's dump says nothing of whether it was saved, unless it failed.
  const judged = ofDay.filter((run) => isGood(run) || run.exitCode !== exitCodes.done)
  if (judged.some(isGood)) return 'good'
  if (judged.some(({ exitCode }) => exitCode === exitCodes.incomplete)) return 'incomplete'
  return judged.length > 0 ? 'failed' : null
}

const absent = (day: Date, good: readonly number[], now: Date, greatestAge: number): DayMark => {
  const before = good.findLast((time) => time < day.getTime())
  if (before === undefined) return 'quiet'
  const next = good.find((time) => time >= addDays(day, 1).getTime()) ?? now.getTime()
  return next - before > greatestAge ? 'missed' : 'quiet'
}
