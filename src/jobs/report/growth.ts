import { exitCodes } from '../../errors.ts'
import type { Run } from '../history/run.ts'
import { isGood, operationOf } from '../telling/operations.ts'
import { isWithinPeriod, type Period, stretchOf } from './period.ts'

/** What one backup added to the repository, in bytes as they are stored, and what all so far have in the period. */
export interface Addition {
  readonly at: string
  readonly added: number
  readonly total: number
}

export interface Growth {
  readonly additions: readonly Addition[]
  /** The same by weeks or months, by the day or month that they begin with. */
  readonly stretches: readonly { readonly begins: string; readonly backups: number; readonly added: number }[]
}

export const growthOf = (runs: readonly Run[], period: Period): Growth => {
  let total = 0
  const additions = runs.flatMap((run): Addition[] => {
    const added = run.facts.bytesAddedPacked ?? run.facts.bytesAdded
    if (added === undefined || !addsSnapshot(run) || !isWithinPeriod(period, run.began)) return []
    total += added
    return [{ at: run.began, added, total }]
  })
  const stretches = new Map<string, { backups: number; added: number }>()
  for (const { at, added } of additions) {
    const begins = stretchOf(period, at)
    const { backups, added: before } = stretches.get(begins) ?? { backups: 0, added: 0 }
    stretches.set(begins, { backups: backups + 1, added: before + added })
  }
  return { additions, stretches: [...stretches].map(([begins, sums]) => ({ begins, ...sums })) }
}

/** One that is incomplete takes up room as well. */
const addsSnapshot = (run: Run): boolean =>
  operationOf(run) === 'backup' && (isGood(run) || run.exitCode === exitCodes.incomplete)
