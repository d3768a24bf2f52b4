import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { type DirectoryTarget, restoredPath, targetOf } from '../../directories/targets.ts'
import { UserError } from '../../errors.ts'
import { nodeTypes } from '../../restic/ls.ts'
import type { Restic } from '../../restic/open.ts'
import { coreDirectories, isDirectory } from '../../seatable/find/data-directory.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { placeOf } from '../../seatable/sources.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { SelectedParts } from '../snapshots/selection.ts'
import type { RestorePlan } from './plan.ts'

/**
 * Where each directory goes. `conf` holds the database passwords of its day: it is restored only when it is named or
 * absent, or when an interrupted restore in place has left it `inPieces`, as a live path. `turn` is that of free working
 * names.
 */
export const planDirectories = async (
  directories: SelectedParts['directories'],
  installation: Pick<Installation, 'dataDir' | 'elsewhere'>,
  manifest: Pick<Manifest, 'dataDir'>,
  named: readonly string[],
  inPieces: readonly string[],
  turn = 1,
): Promise<{ targets: DirectoryTarget[]; kept: RestorePlan['kept'] }> => {
  const targets: DirectoryTarget[] = []
  const kept: { name: string; reason: string }[] = []
  const dataDir = installation.dataDir ?? manifest.dataDir
  const hasConf = await isDirectory(placeOf(installation, dataDir, 'conf'))
  for (const { name, path, elsewhere } of directories) {
    // Where conf is gone it comes back as it was, and names the same places.
    const asSaved = elsewhere && !hasConf && !installation.elsewhere.some((one) => one.name === name)
    const live = asSaved ? path : placeOf(installation, dataDir, name)
    const isInPieces = inPieces.includes(await realpath(live).catch(() => live))
    if (name === 'conf' && hasConf && !named.includes(name) && !isInPieces) {
      kept.push({ name, reason: 'it is restored only when asked for: --directory conf' })
      continue
    }
    if (!isInPieces && (asSaved || installation.dataDir === null)) await refuseStrangePlace(name, live)
    targets.push({ ...(await targetOf(name, path, live)), turn })
  }
  return { targets, kept }
}

/** A link in the place of a data directory would lead SeaTable to wherever it points: looked at where it was restored. */
export const refuseNoDirectory = async (targets: readonly DirectoryTarget[]): Promise<void> => {
  for (const target of targets) {
    if (!(await lstat(restoredPath(target))).isDirectory()) throw isNoDirectory(target)
  }
}

/** The same before anything is restored: a link, and what the snapshot does not hold at all, is refused. */
export const refuseNoSavedDirectory = async (
  restic: Restic,
  snapshotId: string,
  targets: readonly DirectoryTarget[],
  signal: AbortSignal,
): Promise<void> => {
  const saved = targets.map((target) => target.saved)
  const types = await nodeTypes(restic, snapshotId, saved, { signal })
  const wrong = targets.find((target) => types.get(target.saved) !== 'dir')
  if (wrong !== undefined) throw isNoDirectory(wrong)
}

const isNoDirectory = ({ saved }: DirectoryTarget): UserError =>
  new UserError({
    message: `${saved} is no directory in this snapshot`,
    hint: 'Nothing was touched. Choose another snapshot: seatable-restic snapshots.',
  })

/**
 * A manifest is data from outside. Where it alone says that `name` belongs to `live`, as on a new machine, nothing may be
 * there yet, or what looks like that directory of a SeaTable.
 */
export const refuseStrangePlace = async (name: string, live: string): Promise<void> => {
  const isKnown = [...coreDirectories, 'conf'].includes(name) && basename(live) === name
  if (isKnown || (await isEmptyOrAbsent(live))) return
  throw new UserError({
    message: `The snapshot says that ${name} belongs to ${live}, nothing on this host says so, and something lies there`,
    hint: 'Nothing was touched. Move away what lies there; or, if SeaTable’s data directory was not found, name it in SEATABLE_RESTIC_DATA_DIR.',
  })
}

const isEmptyOrAbsent = async (path: string): Promise<boolean> => {
  try {
    return (await readdir(path)).length === 0
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
