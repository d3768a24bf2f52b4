import type { Installation } from '../../seatable/find/installation.ts'
import type { BroughtBack } from '../big-data/bring-back.ts'
import { askAgain } from '../big-data/plan.ts'
import { type Kept, keptIfAny } from '../state/previous.ts'
import type { Restored } from './aside.ts'
import type { Prepared } from './prepare.ts'

/** What a restore has done. */
export interface RestoreOutcome {
  readonly snapshot: string
  readonly instant: string
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly rows: number }[]
  readonly dataPaths: readonly string[]
  readonly strategy: 'aside' | 'in-place'
  /** From the last writer stopped to the first start issued; 0 when SeaTable was not running. */
  readonly downtimeSeconds: number
  readonly durationSeconds: number
  /** What was live before, and is kept until it is dropped; null when nothing is kept. */
  readonly previous: Kept | null
  /** The snapshot of what was live before, taken by a restore in place; null when what was live is kept itself. */
  readonly safetySnapshot: string | null
  /** What became of big data after the swap; null when SeaTable was not asked for it. */
  readonly bigData: BroughtBack | null
  /** What is to be done by hand now, as sentences. */
  readonly remains: readonly string[]
  readonly warnings: readonly string[]
}

/** Sums up a restore between two times; what is not known before SeaTable was asked for its big data is left out. */
export const outcomeOf = (
  { snapshot, manifest, parts, targets, plan }: Prepared,
  done: Pick<Restored, 'downtimeSeconds' | 'previous' | 'leftOut'> & Partial<Pick<RestoreOutcome, 'safetySnapshot'>>,
  began: Date,
  ended: Date,
): WithoutBigData => ({
  snapshot,
  instant: manifest.instant,
  databases: parts.databases.map(({ name, tables, rows }) => ({ name, tables: tables.length, rows })),
  dataPaths: targets.map(({ live }) => live),
  strategy: plan.strategy,
  downtimeSeconds: done.downtimeSeconds,
  durationSeconds: (ended.getTime() - began.getTime()) / 1000,
  previous: keptIfAny(done.previous),
  safetySnapshot: done.safetySnapshot ?? null,
  remains: plan.remains,
  warnings: [...plan.warnings, ...done.leftOut],
})

/** What a restore has done before SeaTable was asked for its big data. */
export type WithoutBigData = Omit<RestoreOutcome, 'bigData'>

/** The outcome when that is known as well: what has failed is to be done by hand. */
export const withBigData = (
  outcome: WithoutBigData,
  installation: Installation,
  bigData: BroughtBack | null = null,
): RestoreOutcome => ({
  ...outcome,
  bigData,
  remains: [
    ...outcome.remains,
    ...(bigData?.status === 'failed' ? [`${askAgain(installation, bigData.detail)}.`] : []),
  ],
})
