import { exitCodes, UserError } from '../errors.ts'
import { resticReading } from '../staging/readers.ts'

/** Another wrapper's restic is at work on what the last pre-backup has left: it must not change under it. */
export const refuseWhileRead = async (staging: string): Promise<void> => {
  const [pid] = await resticReading(staging)
  if (pid === undefined) return
  throw new UserError(
    `restic (process ${pid}) is saving the staging area ${staging} right now`,
    'Two wrappers must not run at the same time. Wait until that one has ended.',
    exitCodes.locked,
  )
}
