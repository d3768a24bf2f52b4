import { findInstallation } from '../seatable/installation.ts'
import type { JobContext } from './job-context.ts'
import { openDatabase } from './open-database.ts'
import { dropPreviousData, type Kept, keptOf, readPrevious } from './previous.ts'
import { withLock } from './with-lock.ts'

/** Drops what the last restore replaced. Null when nothing is kept. */
export const dropPrevious = (context: JobContext): Promise<Kept | null> =>
  withLock(context, 'drop-previous', async () => {
    const { config, report, signal } = context
    const previous = await readPrevious(config.stateDir)
    if (previous === null) return null
    report({ type: 'step', title: 'Dropping the previous data' })
    const client = await openDatabase(await findInstallation(config, signal), context)
    await dropPreviousData(config, previous, client)
    return keptOf(previous)
  })
