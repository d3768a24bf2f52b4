import pMap from 'p-map'
import { UserError } from '../errors.ts'
import { openRestic } from '../restic/open.ts'
import type { Snapshot } from '../restic/snapshots.ts'
import type { Manifest } from '../staging/manifest.ts'
import type { JobContext } from './context/job-context.ts'
import { step } from './context/step.ts'
import { hoursLate, isPartial, lateHours, whyPartial } from './snapshots/health.ts'
import { ownSnapshots, readManifest } from './snapshots/manifests.ts'

/** A snapshot of this SeaTable and what its manifest says of it. */
export interface DescribedSnapshot {
  readonly id: string
  readonly shortId: string
  /** When restic began to take it: ISO 8601, UTC. */
  readonly time: string
  /** The databases are as they were at this time: ISO 8601, UTC; null without a readable manifest. */
  readonly instant: string | null
  readonly hostname: string
  readonly tags: readonly string[]
  readonly databases: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[]
  /** Why it is not what it should be, or why nothing is known of the databases. */
  readonly problem?: string
}

/** Each manifest is a restic of its own, with the memory of one. */
const fetchedAtOnce = 4

/** The snapshots of this SeaTable, oldest first. One without a readable manifest is listed with its problem. */
export const snapshots = async (context: JobContext): Promise<DescribedSnapshot[]> => {
  const described = await step(context.report, 'Listing the snapshots', () => describeAll(context))
  for (const { shortId, instant, problem } of described) {
    if (problem === undefined) continue
    // One without a manifest shows that itself: it has no databases.
    context.report({ type: instant === null ? 'detail' : 'warning', message: `Snapshot ${shortId}: ${problem}` })
  }
  return described
}

const describeAll = async ({ config, signal }: JobContext): Promise<DescribedSnapshot[]> => {
  const restic = await openRestic(config.environment.restic, { signal })
  const own = await ownSnapshots(restic, config, { signal })
  const describe = async (snapshot: Snapshot): Promise<DescribedSnapshot> => {
    try {
      return withManifest(snapshot, await readManifest(restic, config, snapshot, { signal }))
    } catch (error) {
      if (!(error instanceof UserError) || signal.aborted) throw error
      return withProblem(snapshot, error.message)
    }
  }
  return pMap(own, describe, { concurrency: fetchedAtOnce })
}

const withManifest = (snapshot: Snapshot, manifest: Manifest): DescribedSnapshot => ({
  ...identityOf(snapshot),
  instant: manifest.instant,
  databases: manifest.databases.map(({ name, rows, bytes }) => ({ name, rows, bytes })),
  ...problemOf(snapshot, manifest),
})

const problemOf = (snapshot: Snapshot, manifest: Manifest): { problem?: string } => {
  if (isPartial(snapshot)) return { problem: whyPartial }
  const hours = hoursLate(snapshot, manifest)
  return hours < lateHours ? {} : { problem: `the dumps were ${Math.floor(hours)} hours old when it was taken` }
}

const withProblem = (snapshot: Snapshot, problem: string): DescribedSnapshot => ({
  ...identityOf(snapshot),
  instant: null,
  databases: [],
  problem,
})

const identityOf = ({ id, shortId, time, hostname, tags }: Snapshot) => ({
  id,
  shortId,
  time: new Date(time).toISOString(),
  hostname,
  tags,
})
