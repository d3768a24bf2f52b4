import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { turnOfDirectory } from '../../directories/targets.ts'
import { UserError } from '../../errors.ts'
import { backup as resticBackup } from '../../restic/backup.ts'
import type { Progress } from '../../restic/messages.ts'
import type { Restic } from '../../restic/open.ts'
import type { Snapshot } from '../../restic/snapshots.ts'
import type { Sources } from '../../seatable/sources.ts'
import { isStaged, stagingPath, sweep } from '../../staging/area.ts'
import { refuseWhileRead } from '../../staging/await-readers.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { ToldWarning } from '../../standing-warnings.ts'
import { together } from '../../together.ts'
import { saveSeaTable } from '../big-data/save-seatable.ts'
import type { JobEvent } from '../context/events.ts'
import type { JobContext } from '../context/job-context.ts'
import { openRepository } from '../context/open-repository.ts'
import { step } from '../context/step.ts'
import type { Facts } from '../history/run.ts'
import { countByKind, isPartial, markPartial, partialTag, safetyTag } from '../snapshots/health.ts'
import { ownSnapshots, readManifest } from '../snapshots/manifests.ts'
import { factsOfDumps } from './facts.ts'
import { type FoundSeaTable, findSeaTable } from './find-seatable.ts'
import { stage } from './stage.ts'
import { type Loss, rowsOf, type SavedRows } from './suspicious-loss.ts'

/** What a backup has made. Sizes in bytes. */
export interface BackupOutcome {
  /** Its id; when something is lacking, the one that it has with its tag for that. */
  readonly snapshot: string
  /** When the databases were as the snapshot has them (ISO 8601). */
  readonly time: string
  readonly databases: readonly {
    readonly name: string
    readonly tables: number
    readonly rows: number
    readonly bytes: number
    readonly sha256: string
  }[]
  readonly dataPaths: readonly string[]
  readonly files: { readonly count: number; readonly bytes: number }
  readonly bytesAdded: number
  /** After compression; null when restic is too old to say. */
  readonly bytesAddedPacked: number | null
  readonly durationSeconds: number
  /** What became of SeaTable’s big data before the dump. */
  readonly bigData: Manifest['bigData'] | null
  /** The SeaTable that was saved. */
  readonly seatable: Manifest['seatable'] | null
  readonly warnings: readonly string[]
  /** What stands until it is changed, with the names that accept it; what is accepted is not among the warnings. */
  readonly standing: readonly ToldWarning[]
  /** Rows that earlier snapshots hold and that are gone, and were not accepted. */
  readonly losses: readonly Loss[]
  /** What every restore of the snapshot would refuse, as sentences that are among the warnings. */
  readonly unrestorable: readonly string[]
  /** What was gone when restic came to it, as it happens on a live SeaTable: how many, and the first 10 paths. */
  readonly vanished: { readonly count: number; readonly paths: readonly string[] }
  /** What the snapshot lacks, as sentences: empty when it is whole. */
  readonly incomplete: readonly string[]
}

/** A whole backup, under a lock that is held already: three databases at one instant, then the files, in one snapshot. */
export const takeSnapshot = async (context: JobContext, tags: readonly string[]): Promise<BackupOutcome> => {
  const { config, now, report, signal, watched } = context
  const began = now()
  const staging = stagingPath(config.stateDir)
  await refuseWhileRead(staging)
  const { restic, installation, client, sources, seen, before, parent, earlier } = await prepareBackup(context)
  try {
    const seatable = await saveSeaTable(context, installation, client, seen)
    const manifest = await stage(context, client, sources, seatable, earlier)
    const request = {
      paths: [staging, ...pathsOf(sources)],
      host: config.host,
      tags,
      scan: watched,
      excludes: [...(await workingDirectories(sources)), ...(await strangersIn(staging))],
      // Nobody but us removes anything there.
      whole: [staging],
      ...(parent === null ? {} : { parent }),
    }
    const saved = await step(report, 'Saving the snapshot', () =>
      resticBackup(restic, request, { signal, onProgress: (progress) => report(progressEvent(progress)) }),
    )
    const incomplete = incompletenessOf(saved)
    for (const path of saved.vanished) report({ type: 'detail', message: `${path} was gone when restic came to it` })
    const warnings = [...manifest.warnings]
    const warn = (message: string) => {
      report({ type: 'warning', message })
      warnings.push(message)
    }
    const snapshot =
      incomplete.length === 0 ? saved.snapshotId : await markPartial(restic, saved.snapshotId, tags, warn)
    const outcome = outcomeOf(manifest, saved, sources)
    const newTags = snapshot === saved.snapshotId ? tags : [partialTag]
    report({ type: 'facts', facts: factsOf(manifest, { ...outcome, snapshot }, [...before, { tags: newTags }]) })
    return {
      ...outcome,
      snapshot,
      durationSeconds: (now().getTime() - began.getTime()) / 1000,
      warnings,
      incomplete,
    }
  } finally {
    // The snapshot is made: what stays here is told, here and by doctor, and the next run tries again.
    await sweep(staging).catch(({ message }: Error) => report({ type: 'warning', message }))
  }
}

/** Finds what is needed: nothing is dumped before the repository has answered. */
export const prepareBackup = async (
  context: JobContext,
): Promise<
  FoundSeaTable & { restic: Restic; before: Snapshot[]; parent: string | null; earlier: SavedRows | null }
> => {
  const { config, report, signal } = context
  return step(report, 'Looking for SeaTable and the repository', async () => {
    const restic = await openRepository(context)
    const [found, before] = await together(context.signal, [
      (own) => findSeaTable({ ...context, signal: own }),
      (own) => ownSnapshots(restic, config, { signal: own }),
    ])
    const parent = before.filter(({ hostname }) => hostname === config.host).at(-1)?.id ?? null
    const earlier = await lastWholeSnapshot(restic, config, before, signal)
    return { restic, ...found, before, parent, earlier }
  })
}

/** What the last whole snapshot of this host holds; of one that cannot be read nobody can say what is gone. */
const lastWholeSnapshot = async (
  restic: Restic,
  config: Config,
  snapshots: readonly Snapshot[],
  signal: AbortSignal,
): Promise<SavedRows | null> => {
  const whole = snapshots.findLast(
    (snapshot) => snapshot.hostname === config.host && !snapshot.tags.includes(safetyTag) && !isPartial(snapshot),
  )
  if (whole === undefined) return null
  try {
    return rowsOf(await readManifest(restic, config, whole, { signal }))
  } catch (error) {
    if (!(error instanceof UserError) || signal.aborted) throw error
    return null
  }
}

export const pathsOf = ({ dataPaths, extraPaths }: Sources): string[] => [
  ...dataPaths.map(({ path }) => path),
  ...extraPaths,
]

/** In a mount point they lie in the data directory itself; previous data is no part of SeaTable. */
const workingDirectories = async ({ dataPaths }: Sources): Promise<string[]> => {
  const found: string[] = []
  for (const { path } of dataPaths) {
    const names = (await readdir(path).catch(() => [])).filter((name) => turnOfDirectory(name) !== null)
    found.push(...names.map((name) => join(path, name)))
  }
  return found
}

/** What could not be removed from the staging area is nothing that this run has put there. */
const strangersIn = async (staging: string): Promise<string[]> =>
  (await readdir(staging)).filter((name) => !isStaged(name)).map((name) => join(staging, name))

const progressEvent = ({ bytesDone, bytesTotal }: Progress): JobEvent =>
  bytesTotal === null
    ? { type: 'progress', unit: 'bytes', done: bytesDone }
    : { type: 'progress', unit: 'bytes', done: bytesDone, total: bytesTotal }

const outcomeOf = (
  manifest: Manifest,
  saved: Awaited<ReturnType<typeof resticBackup>>,
  sources: Sources,
): Omit<BackupOutcome, 'snapshot' | 'durationSeconds' | 'warnings' | 'incomplete'> => ({
  time: manifest.instant,
  databases: manifest.databases.map(({ name, tables, rows, bytes, sha256 }) => ({
    name,
    tables: tables.length,
    rows,
    bytes,
    sha256,
  })),
  dataPaths: pathsOf(sources),
  files: { count: saved.totalFiles, bytes: saved.totalBytes },
  bytesAdded: saved.bytesAdded,
  bytesAddedPacked: saved.bytesAddedPacked,
  bigData: manifest.bigData ?? null,
  seatable: manifest.seatable ?? null,
  standing: manifest.standing ?? [],
  losses: manifest.losses ?? [],
  unrestorable: manifest.unrestorable ?? [],
  vanished: { count: saved.vanished.length, paths: saved.vanished.slice(0, 10) },
})

const factsOf = (
  manifest: Manifest,
  {
    snapshot,
    bytesAdded,
    bytesAddedPacked,
    files,
  }: Pick<BackupOutcome, 'snapshot' | 'bytesAdded' | 'bytesAddedPacked' | 'files'>,
  snapshots: Parameters<typeof countByKind>[0],
): Facts => ({
  ...factsOfDumps(manifest),
  ...{ snapshot, bytesAdded, files },
  ...(bytesAddedPacked === null ? {} : { bytesAddedPacked }),
  snapshots: countByKind(snapshots),
})

const incompletenessOf = ({ missingPaths, unreadable }: Awaited<ReturnType<typeof resticBackup>>): string[] => [
  ...missingPaths.map((path) => `${path} is not in the snapshot`),
  ...unreadable.map(({ item, message }) => `${item} could not be read${message === '' ? '' : `: ${message}`}`),
]
