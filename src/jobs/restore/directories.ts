import { lstat } from 'node:fs/promises'
import { type DirectoryTarget, restoredPath } from '../../directories/targets.ts'
import { UserError } from '../../errors.ts'
import { nodeTypes } from '../../restic/node-types.ts'
import type { Restic } from '../../restic/open.ts'

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
  new UserError(
    `${saved} is no directory in this snapshot`,
    'Nothing was touched. Choose another snapshot: seatable-restic snapshots.',
  )
