import type { Facts, Run } from '../history/run.ts'
import { isGood, operationOf } from '../telling/operations.ts'
import { calendarOf, type Day } from './calendar.ts'
import { type Drill, drillsOf } from './drills.ts'
import { type Findings, findingsOf } from './findings.ts'
import { type Growth, growthOf } from './growth.ts'
import { periodOf } from './period.ts'
import { type Rows, rowsOf } from './rows.ts'
import { type Standing, standingsOf } from './standing.ts'
import type { State } from './state.ts'
import { type Trouble, troubleOf } from './trouble.ts'

/** What is told of some days, from what was noted down of runs and from nothing else. */
export interface Report {
  readonly seatable: string
  readonly version: string
  /** ISO 8601, as all times here. */
  readonly made: string
  readonly from: string
  readonly days: number
  /** When the oldest run that is known began; null when none is. */
  readonly historyBegins: string | null
  readonly state: State
  readonly standings: readonly Standing[]
  readonly calendar: readonly Day[]
  readonly trouble: readonly Trouble[]
  readonly growth: Growth
  readonly rows: Rows
  readonly drills: readonly Drill[]
  readonly findings: Findings
  /** What the last good backup holds; null when there was none. */
  readonly newest: { readonly at: string; readonly facts: Facts } | null
}

export interface ReportOn {
  /** Oldest first. */
  readonly runs: readonly Run[]
  readonly state: State
  readonly seatable: string
  readonly version: string
  readonly now: Date
  readonly days: number
  /** How old a backup may be, in milliseconds. */
  readonly greatestAge: number
}

export const composeReport = ({ runs, state, seatable, version, now, days, greatestAge }: ReportOn): Report => {
  const period = periodOf(now, days)
  const calendar = calendarOf(runs, period, greatestAge)
  const newest = runs.findLast((run) => operationOf(run) === 'backup' && isGood(run))
  return {
    seatable,
    version,
    made: now.toISOString(),
    from: period.from.toISOString(),
    days,
    historyBegins: runs[0]?.began ?? null,
    state,
    standings: standingsOf(runs),
    calendar,
    trouble: troubleOf(runs, calendar, period),
    growth: growthOf(runs, period),
    rows: rowsOf(runs, period),
    drills: drillsOf(runs, period),
    findings: findingsOf(runs),
    newest: newest === undefined ? null : { at: newest.began, facts: newest.facts },
  }
}
