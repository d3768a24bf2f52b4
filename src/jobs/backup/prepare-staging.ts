import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import { writeFailure } from '../../mysql/dump/run-program.ts'
import { cannotBeRemoved, clear, isStaged, makePrivate, writeDurably } from '../../staging/area.ts'
import { incompleteManifest, manifestName } from '../../staging/manifest.ts'
import { version } from '../../version.ts'
import type { JobContext } from '../context/job-context.ts'

/** The last bytes of the dumps and the manifest can be what a disk has no room for. */
export const fullDisk = (staging: string): UserError =>
  new UserError({
    message: `Dumping the databases: the disk of the staging area is full (${staging})`,
    hint: 'Nothing was kept. Free space there, or move SEATABLE_RESTIC_STATE_DIR to a larger filesystem.',
  })

/** Whoever saves the staging area now saves a manifest that says that this is no backup. */
export const markIncomplete = (staging: string, reason: string): Promise<void> =>
  writeDurably(join(staging, manifestName), incompleteManifest(version, reason)).catch((error: Error) => {
    throw writeFailure((error.cause ?? error) as Error)
  })

/** Sweeps what a run before has left: a crash, or a post-backup that never came. */
export const prepareStaging = async (staging: string, { report }: JobContext): Promise<void> => {
  await makePrivate(staging)
  const { removed, stuck } = await clear(staging)
  const inTheWay = stuck.filter(isStaged)
  if (inTheWay.length > 0) throw cannotBeRemoved(staging, inTheWay)
  if (stuck.length > 0) report({ type: 'warning', message: cannotBeRemoved(staging, stuck).message })
  const left = removed.filter((name) => name !== manifestName)
  if (left.length > 0) report({ type: 'detail', message: `Removed what a run before had left: ${left.join(', ')}` })
  await markIncomplete(staging, 'its dumps were not finished')
}
