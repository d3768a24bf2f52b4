import type { Client } from '../mysql/client.ts'
import { removeScratch } from './finish-swap.ts'
import type { JobContext } from './job-context.ts'
import { type Journal, removeJournal } from './journal.ts'

/** After a failure that changed nothing live: only what lies aside is removed, now or by the next command. */
export const cleanUp = async (context: JobContext, client: Client, journal: Journal): Promise<void> => {
  try {
    await removeScratch(context, client, journal)
    await removeJournal(context.config.stateDir)
  } catch (error) {
    const message = `Not everything could be cleaned up yet; the next command does it: ${(error as Error).message}`
    context.report({ type: 'warning', message })
  }
}
