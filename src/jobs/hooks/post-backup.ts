import { stagingPath, sweep } from '../../staging/area.ts'
import { refuseWhileRead } from '../../staging/await-readers.ts'
import type { JobContext } from '../context/job-context.ts'
import { withLock } from '../swap/with-lock.ts'

/** Removes the plaintext dumps. Harmless when there are none: wrappers call it after failures too, or twice. */
export const postBackup = (context: JobContext): Promise<string[]> =>
  withLock(context, 'hook post-backup', async () => {
    const staging = stagingPath(context.config.stateDir)
    await refuseWhileRead(staging)
    return sweep(staging)
  })
