import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { DumpOutline } from '../../mysql/dump/outline.ts'
import { verifyDump } from '../../mysql/dump/verify.ts'
import type { Restic } from '../../restic/open.ts'
import { restore } from '../../restic/restore.ts'
import { landingPath, makePrivate, stagingPath, sweep } from '../../staging/area.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { freeTurn } from '../state/free-turn.ts'

/** A dump of the snapshot that lies in the landing area and is what was saved. */
export type FetchedDump = Manifest['databases'][number] & { readonly path: string; readonly outline: DumpOutline }

/**
 * Fetches dumps into the landing area, or a folder of it, and proves each against the manifest. The caller sweeps the
 * landing area.
 */
export const fetchDumps = async (
  restic: Restic,
  snapshotId: string,
  databases: readonly Manifest['databases'][number][],
  { config, report, signal }: JobContext,
  folder?: string,
): Promise<FetchedDump[]> => {
  const landing = folder ?? landingPath(config.stateDir, await freeTurn(config.stateDir))
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
  return step(report, 'Verifying the dumps', async () => {
    const fetched: FetchedDump[] = []
    for (const database of databases) {
      const path = join(landing, database.file)
      await rename(join(landing, stagingPath(config.stateDir), database.file), path)
      const outline = await verifyDump(path, database, signal)
      fetched.push({ ...database, path, outline })
    }
    return fetched
  })
}
