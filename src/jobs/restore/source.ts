import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { copyTree } from '../../directories/copy.ts'
import { removeTrees } from '../../directories/remove.ts'
import { seedByReflink } from '../../directories/seed.ts'
import { asidePath, type DirectoryTarget, restoredPath } from '../../directories/targets.ts'
import { outlineDump } from '../../mysql/dump/verify.ts'
import type { Restic } from '../../restic/open.ts'
import { restore as resticRestore } from '../../restic/restore.ts'
import { landingPath, makePrivate, stagingPath, sweep } from '../../staging/area.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { type FetchedDump, fetchUnprovenDumps, readDumps } from '../snapshots/fetch-dumps.ts'
import { freeTurn } from '../state/free-turn.ts'
import { refuseNoDirectory } from './directories.ts'

type SavedDatabase = Manifest['databases'][number]

/** Where a restore takes its data from. Both put it where it can be proven and swapped, and change nothing live. */
export interface RestoreSource {
  /** Puts the dumps into the landing area, and reads what they hold. That they are what was saved has to be proven. */
  dumps(databases: readonly SavedDatabase[]): Promise<FetchedDump[]>
  /** The dumps are loaded. What is removed before it was written to the disk is never written. */
  dropDumps(): Promise<void>
  /** Puts each directory where it waits for the swap. */
  directories(targets: readonly DirectoryTarget[]): Promise<void>
}

/** A snapshot of the repository. */
export const snapshotSource = (context: JobContext, restic: Restic, snapshotId: string): RestoreSource => ({
  dumps: (databases) => fetchUnprovenDumps(restic, snapshotId, databases, context),
  dropDumps: async () => {
    const { config, report } = context
    const landing = landingPath(config.stateDir, await freeTurn(config.stateDir))
    await sweep(landing).catch(({ message }: Error) => report({ type: 'warning', message }))
  },
  directories: async (targets) => {
    if (targets.length === 0) return
    await step(context.report, 'Restoring the directories aside', () =>
      fetchDirectories(context, restic, snapshotId, targets),
    )
  },
})

/** What a wrapper has restored into the landing area, below its whole path there. */
export const landingSource = (context: JobContext): RestoreSource => {
  const { config, report, signal } = context
  const landing = landingPath(config.stateDir)
  return {
    dumps: (databases) =>
      step(report, 'Reading the dumps', () => {
        const paths = databases.map(({ file }) => join(landing, stagingPath(config.stateDir), file))
        return readDumps(databases, paths, outlineDump, signal)
      }),
    // The directories lie there, too.
    dropDumps: async () => {},
    directories: async (targets) => {
      if (targets.length === 0) return
      await step(report, 'Moving the directories beside the live ones', async () => {
        await preparePlaces(context, targets)
        for (const target of targets) {
          await copyTree(join(landing, target.saved), restoredPath(target), config.environment.tools)
        }
        await refuseNoDirectory(targets)
      })
    },
  }
}

/** Our own directories are private; one that is made around them, on a new machine, is for SeaTable to enter. */
export const preparePlaces = async ({ config }: JobContext, targets: readonly DirectoryTarget[]): Promise<void> => {
  const places = [...new Set(targets.map(asidePath))]
  await removeTrees(places, config.environment.tools)
  for (const place of places) {
    await mkdir(dirname(place), { recursive: true })
    await makePrivate(place)
  }
}

/** One call of restic for all directories that wait in the same place and begin alike. */
const fetchDirectories = async (
  context: JobContext,
  restic: Restic,
  snapshotId: string,
  targets: readonly DirectoryTarget[],
): Promise<void> => {
  const { report, signal } = context
  await preparePlaces(context, targets)
  const seeded = restic.has('restore over a copy') ? await seedAll(context, targets) : []
  for (const aside of new Set(targets.map(asidePath))) {
    for (const overCopy of [true, false]) {
      const includes = targets
        .filter((target) => asidePath(target) === aside && seeded.includes(target) === overCopy)
        .map(({ saved }) => saved)
      if (includes.length === 0) continue
      await resticRestore(
        restic,
        { snapshotId, target: aside, includes, verify: true, overCopy },
        { signal, onProgress: ({ percent }) => report({ type: 'progress', unit: 'percent', done: percent }) },
      )
    }
  }
  await refuseNoDirectory(targets)
}

/** Those that begin as a copy of what is live. A mount point would be copied into itself. */
const seedAll = async (
  { config, report }: JobContext,
  targets: readonly DirectoryTarget[],
): Promise<DirectoryTarget[]> => {
  const seeded: DirectoryTarget[] = []
  for (const target of targets) {
    if (!target.exists || target.by === 'entries') continue
    if (await seedByReflink(target.live, restoredPath(target), config.environment.tools)) seeded.push(target)
  }
  const names = seeded.map(({ name }) => name).join(', ')
  if (seeded.length > 0) report({ type: 'detail', message: `Begun as copies of what is live, by reflink: ${names}` })
  return seeded
}
