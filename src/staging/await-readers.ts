import { setTimeout as pause } from 'node:timers/promises'
import { exitCodes, UserError } from '../errors.ts'
import { resticReading } from './readers.ts'

/** How often is looked, and how long after one another. */
const looks = 20
const betweenLooksMs = 250

/**
 * Another wrapper's restic is at work on what the last pre-backup has left: it must not change under it. The restic of a
 * backup of ours that was killed ends by itself when it next says how far it is, twice a second: that one is waited for.
 */
export const refuseWhileRead = async (staging: string): Promise<void> => {
  let [pid] = await resticReading(staging)
  for (let look = 1; pid !== undefined && look < looks; look++) {
    await pause(betweenLooksMs)
    ;[pid] = await resticReading(staging)
  }
  if (pid === undefined) return
  throw new UserError({
    message: `restic (process ${pid}) is saving the staging area ${staging} right now`,
    hint: 'Two wrappers must not run at the same time. Wait until that one has ended.',
    exitCode: exitCodes.locked,
  })
}
