import type { RecordedCommand, Run } from '../history/run.ts'
import type { Day } from './calendar.ts'
import { isWithinPeriod, type Period } from './period.ts'

/** A run that did not do all it should, or a day on which none was made. */
export interface Trouble {
  /** ISO 8601; of a day without a backup, its date. */
  readonly at: string
  readonly command: RecordedCommand
  /** What the run ended with; null when it was killed, absent when there was none. */
  readonly exitCode?: number | null
  readonly message: string
}

/** Newest first. */
export const troubleOf = (runs: readonly Run[], calendar: readonly Day[], period: Period): Trouble[] => {
  const failed = runs.flatMap((run): Trouble[] =>
    run.exitCode === 0 || isDoctorsVerdict(run) || !isWithinPeriod(period, run.began)
      ? []
      : [{ at: run.began, command: run.command, exitCode: run.exitCode, message: messageOf(run) }],
  )
  const missed = calendar.flatMap(({ date, mark }): Trouble[] =>
    mark === 'missed' ? [{ at: date, command: 'backup', message: 'No backup ran on this day.' }] : [],
  )
  return [...failed, ...missed].toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))
}

/** What it found is told as findings: the run itself did what it is for. */
const isDoctorsVerdict = ({ command, exitCode, facts }: Run): boolean =>
  command === 'doctor' && exitCode === 1 && facts.doctor !== undefined

const messageOf = ({ exitCode, error, warnings }: Run): string => {
  if (exitCode === null) return 'It was killed, or this host went down.'
  return error?.message ?? warnings[0] ?? ''
}
