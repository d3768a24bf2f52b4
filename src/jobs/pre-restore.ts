import { removeTrees } from '../directories/remove.ts'
import { landingPath, makePrivate } from '../staging/area.ts'
import type { JobContext } from './job-context.ts'
import { refusePrevious } from './refuse-previous.ts'
import { withLock } from './with-lock.ts'

/**
 * Makes the landing area empty and private, and returns its path: what a wrapper must restore into. What would stop
 * the post-restore hook stops this one, before hours of restoring.
 */
export const preRestore = (context: JobContext): Promise<string> =>
  withLock(context, 'hook pre-restore', async () => {
    const { config } = context
    await refusePrevious(config.stateDir, 'the restore once more')
    const landing = landingPath(config.stateDir)
    await removeTrees([landing], config.environment.tools)
    await makePrivate(landing)
    return landing
  })
