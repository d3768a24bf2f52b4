import type { Run } from '../history/run.ts'
import { isGood } from '../telling/operations.ts'
import { isWithinPeriod, type Period } from './period.ts'

/** An attempt to prove that a snapshot can be restored. */
export interface Drill {
  readonly at: string
  readonly ok: boolean
  readonly seconds: number
  readonly snapshot: string | null
  /** As of when the databases of the snapshot are; ISO 8601. */
  readonly instant: string | null
}

export const drillsOf = (runs: readonly Run[], period: Period): Drill[] =>
  runs
    .filter(({ command, began }) => command === 'drill' && isWithinPeriod(period, began))
    .map((run) => ({
      at: run.began,
      ok: isGood(run),
      seconds: (Date.parse(run.ended) - Date.parse(run.began)) / 1000,
      snapshot: run.facts.snapshot ?? null,
      instant: run.facts.instant ?? null,
    }))
