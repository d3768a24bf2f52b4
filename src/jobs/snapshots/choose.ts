import { UserError } from '../../errors.ts'
import type { Restic } from '../../restic/open.ts'
import { findSnapshot, type Snapshot } from '../../restic/snapshots.ts'
import { shortId } from '../../short-id.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'
import { hoursLate, isPartial, lateHours, safetyTag, whyPartial } from './health.ts'
import { ownSnapshots, readManifest } from './manifests.ts'

/** By id (or its first characters, or `latest`), or the last one that is not younger than a time. */
export type Choice = { readonly id: string } | { readonly at: Date }

export interface Chosen {
  readonly snapshot: Snapshot
  readonly manifest: Manifest
  /** What is wrong with the snapshot although it can be restored, as sentences; and those of its manifest. */
  readonly warnings: readonly string[]
}

type Found = Omit<Chosen, 'warnings'>

/** Finds the snapshot and reads its manifest; warns when it lacks something, or when its dumps are older than its files. */
export const chooseSnapshot = async (restic: Restic, choice: Choice, context: JobContext): Promise<Chosen> => {
  const found = await findChosen(restic, choice, context)
  const problems = problemsOf(found)
  for (const message of problems) context.report({ type: 'warning', message })
  return { ...found, warnings: [...found.manifest.warnings, ...problems] }
}

const problemsOf = ({ snapshot, manifest }: Found): string[] => {
  const hours = Math.floor(hoursLate(snapshot, manifest))
  return [
    ...(isPartial(snapshot) ? [`Snapshot ${snapshot.shortId} is not whole: ${whyPartial}`] : []),
    ...(hours >= lateHours
      ? [
          `The dumps in snapshot ${snapshot.shortId} are ${hours} hours older than its files: a wrapper saved those of an earlier run`,
        ]
      : []),
  ]
}

const findChosen = async (restic: Restic, choice: Choice, context: JobContext): Promise<Found> => {
  const snapshots = await ownSnapshots(restic, context.config, { signal: context.signal })
  // A safety snapshot holds what somebody wanted to be rid of: it is taken by its id alone.
  const ordinary = snapshots.filter(({ tags }) => !tags.includes(safetyTag))
  if ('at' in choice) return lastNotAfter(restic, ordinary, choice.at, context)
  const snapshot = findSnapshot(choice.id === 'latest' ? ordinary : snapshots, choice.id)
  const { config, signal, looksOnly = false } = context
  return { snapshot, manifest: await readManifest(restic, config, snapshot, { signal, keep: !looksOnly }) }
}

/** A snapshot's instant is the databases', which is a little before the time that restic gives it. */
const lastNotAfter = async (
  restic: Restic,
  snapshots: readonly Snapshot[],
  at: Date,
  { config, signal, report, looksOnly = false }: JobContext,
): Promise<Found> => {
  for (const snapshot of [...snapshots].reverse()) {
    const manifest = await readManifest(restic, config, snapshot, { signal, keep: !looksOnly }).catch(
      (error: unknown) => {
        if (!(error instanceof UserError) || signal.aborted) throw error
        report({ type: 'warning', message: `Snapshot ${shortId(snapshot.id)} is passed over: ${error.message}` })
        return null
      },
    )
    if (manifest !== null && new Date(manifest.instant) <= at) return { snapshot, manifest }
  }
  const [first] = snapshots
  throw new UserError({
    message: `No snapshot was taken at or before ${at.toISOString()}`,
    hint: first
      ? `The first is ${shortId(first.id)}, of ${new Date(first.time).toISOString()}.`
      : 'There is no snapshot yet: seatable-restic backup.',
  })
}
