import { stagingPath, sweep } from '../staging/area.ts'
import type { JobContext } from './job-context.ts'
import { refuseWhileRead } from './refuse-while-read.ts'
import { withLock } from './with-lock.ts'

/** Removes the plaintext dumps. Harmless when there are none: wrappers call it after failures too, or twice. */
export const postBackup = (context: JobContext): Promise<string[]> =>
  withLock(context, 'hook post-backup', async () => {
    const staging = stagingPath(context.config.stateDir)
    await refuseWhileRead(staging)
    return sweep(staging)
  })
