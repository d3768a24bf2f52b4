import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { UserError } from '../../errors.ts'
import type { Restic } from '../../restic/open.ts'
import { readSnapshotFile } from '../../restic/read-file.ts'
import { listSnapshots, type Snapshot } from '../../restic/snapshots.ts'
import { stagingPath } from '../../staging/area.ts'
import { type Manifest, manifestName, parseManifest, saysIncomplete } from '../../staging/manifest.ts'
import { keepManifest, readKeptManifest } from '../state/kept-manifests.ts'

interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** The snapshots made of this staging area, whoever made them and on whichever host, oldest first. */
export const ownSnapshots = (restic: Restic, config: Config, options: CallOptions = {}): Promise<Snapshot[]> =>
  listSnapshots(restic, { path: stagingPath(config.stateDir) }, options)

interface ReadOptions extends CallOptions {
  /** False: what is fetched is not kept for the next time, so that nothing here changes. */
  readonly keep?: boolean
}

/** What a snapshot says of itself. Throws a UserError when it has no manifest, or none that can be trusted. */
export const readManifest = async (
  restic: Restic,
  config: Config,
  snapshot: Snapshot,
  options: ReadOptions = {},
): Promise<Manifest> => {
  const text = (await readKeptManifest(config, snapshot)) ?? (await fetchAndKeep(restic, config, snapshot, options))
  if (text !== nothing) return parseManifest(text)
  throw new UserError({
    message: `Snapshot ${snapshot.shortId} holds no ${manifestName}`,
    hint: 'Choose another snapshot: seatable-restic snapshots. Its files can be had with `seatable-restic restic -- restore`.',
  })
}

/**
 * Whether a snapshot holds dumps that were ever whole. False when a wrapper saved the staging area although its
 * pre-backup hook had failed, or had not run. Throws a UserError when the repository does not answer.
 */
export const holdsDumps = async (
  restic: Restic,
  config: Config,
  snapshot: Snapshot,
  options: ReadOptions = {},
): Promise<boolean> => {
  const text = (await readKeptManifest(config, snapshot)) ?? (await fetchAndKeep(restic, config, snapshot, options))
  // What cannot be read for another reason is not for us to call worthless.
  return text !== nothing && !saysIncomplete(text)
}

/** Kept in place of the manifest of a snapshot that has none. */
const nothing = ''

const fetchAndKeep = async (restic: Restic, config: Config, snapshot: Snapshot, options: ReadOptions) => {
  const path = join(stagingPath(config.stateDir), manifestName)
  const text = (await readSnapshotFile(restic, snapshot.id, path, options)) ?? nothing
  // Who may read the repository but not write the state directory only waits longer the next time.
  if (options.keep ?? true) await keepManifest(config, snapshot, text).catch(() => {})
  return text
}
