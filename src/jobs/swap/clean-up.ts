import type { Client } from '../../mysql/client/client.ts'
import type { JobContext } from '../context/job-context.ts'
import { type Journal, removeJournal } from '../state/journal.ts'
import { removeScratch } from './finish.ts'

/**
 * After what changed nothing live, or is done: what lies aside is removed. Never throws; what cannot be removed is noted,
 * or, where that is impossible, left to the next command by the journal.
 */
export const cleanUp = async (context: JobContext, client: Client, journal: Journal): Promise<void> => {
  try {
    if (await removeScratch(context, client, journal)) await removeJournal(context.config.stateDir)
  } catch (error) {
    const message = `Not everything could be cleaned up yet; the next command does it: ${(error as Error).message}`
    context.report({ type: 'warning', message })
  }
}
