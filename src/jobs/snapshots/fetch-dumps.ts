import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { DumpOutline } from '../../mysql/dump/outline.ts'
import { outlineDump, verifyDump } from '../../mysql/dump/verify.ts'
import type { Restic } from '../../restic/open.ts'
import { restore } from '../../restic/restore.ts'
import { landingPath, makePrivate, stagingPath, sweep } from '../../staging/area.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { freeTurn } from '../state/free-turn.ts'

type SavedDatabase = Manifest['databases'][number]

/** A dump of the snapshot that lies in the landing area and is what was saved. */
export type FetchedDump = SavedDatabase & { readonly path: string; readonly outline: DumpOutline }

/**
 * Fetches dumps into the landing area, or a folder of it, and proves each against the manifest. The caller sweeps the
 * landing area.
 */
export const fetchDumps = async (
  restic: Restic,
  snapshotId: string,
  databases: readonly SavedDatabase[],
  context: JobContext,
  folder?: string,
): Promise<FetchedDump[]> => {
  const { config, report } = context
  const landing = folder ?? landingPath(config.stateDir, await freeTurn(config.stateDir))
  const paths = await fetch(restic, snapshotId, databases, context, landing)
  return step(report, 'Verifying the dumps', () => readDumps(databases, paths, verifyDump, context.signal))
}

/** The same, but whether they are what was saved has to be found out by `proveDumps`. */
export const fetchUnprovenDumps = async (
  restic: Restic,
  snapshotId: string,
  databases: readonly SavedDatabase[],
  context: JobContext,
): Promise<FetchedDump[]> => {
  const { config, report } = context
  const landing = landingPath(config.stateDir, await freeTurn(config.stateDir))
  const paths = await fetch(restic, snapshotId, databases, context, landing)
  return step(report, 'Reading the dumps', () => readDumps(databases, paths, outlineDump, context.signal))
}

/** Throws a `UserError` when one is not what was saved. */
export const proveDumps = async (dumps: readonly FetchedDump[], signal: AbortSignal): Promise<void> => {
  for (const dump of dumps) await verifyDump(dump.path, dump, signal)
}

export const readDumps = async (
  databases: readonly SavedDatabase[],
  paths: readonly string[],
  read: typeof verifyDump,
  signal: AbortSignal,
): Promise<FetchedDump[]> => {
  const found: FetchedDump[] = []
  for (const [index, database] of databases.entries()) {
    const path = paths[index] as string
    found.push({ ...database, path, outline: await read(path, database, signal) })
  }
  return found
}

const fetch = async (
  restic: Restic,
  snapshotId: string,
  databases: readonly SavedDatabase[],
  { config, report, signal }: JobContext,
  landing: string,
): Promise<string[]> => {
  await makePrivate(landing)
  await sweep(landing)
  if (databases.length === 0) return []
  const saved = databases.map(({ file }) => join(stagingPath(config.stateDir), file))
  await step(report, 'Fetching the dumps', () =>
    restore(
      restic,
      { snapshotId, target: landing, includes: saved, verify: false },
      { signal, onProgress: ({ percent }) => report({ type: 'progress', unit: 'percent', done: percent }) },
    ),
  )
  const paths: string[] = []
  for (const { file } of databases) {
    const path = join(landing, file)
    await rename(join(landing, stagingPath(config.stateDir), file), path)
    paths.push(path)
  }
  return paths
}
