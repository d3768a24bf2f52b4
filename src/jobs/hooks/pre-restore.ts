import { removeTrees } from '../../directories/remove.ts'
import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { landingPath, makePrivate } from '../../staging/area.ts'
import { connect } from '../context/connect.ts'
import type { JobContext } from '../context/job-context.ts'
import { proveLoad } from '../proof/prove-load.ts'
import { refusePrevious } from '../state/previous.ts'
import { withLock } from '../swap/with-lock.ts'

/**
 * Makes the landing area empty and private, and returns its path: what a wrapper must restore into. What would stop
 * the post-restore hook stops this one, before hours of restoring.
 */
export const preRestore = (context: JobContext): Promise<string> =>
  withLock(context, 'hook pre-restore', async () => {
    const { config } = context
    await refusePrevious(config.stateDir, 'the restore once more')
    const client = await databaseIfThere(context)
    if (client !== null) await proveLoad(context, client)
    const landing = landingPath(config.stateDir)
    await removeTrees([landing], config.environment.tools)
    await makePrivate(landing)
    return landing
  })

/** A database that does not run yet has time until the files are there. */
const databaseIfThere = async (context: JobContext): Promise<Client | null> => {
  try {
    const { client } = await connect(context)
    await client.ask('SELECT 1', { signal: context.signal })
    return client
  } catch (error) {
    if (!(error instanceof UserError) || context.signal.aborted) throw error
    const message = `The database cannot be asked yet whether it can be restored into: ${error.message}`
    context.report({ type: 'warning', message })
    return null
  }
}
