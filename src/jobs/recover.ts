import { findInstallation } from '../seatable/installation.ts'
import { takeBack } from './bring-live.ts'
import { finishSwap, removeScratch } from './finish-swap.ts'
import type { JobContext } from './job-context.ts'
import { readJournal, removeJournal } from './journal.ts'
import { openDatabase } from './open-database.ts'

/** Finishes or takes back what a crash has left of a restore, and says so. Does nothing when nothing is left. */
export const recover = async (context: JobContext): Promise<void> => {
  const { config, report, signal } = context
  const journal = await readJournal(config.stateDir)
  if (journal === null) return
  const what = `The ${journal.command} of ${journal.began} (snapshot ${journal.snapshot.slice(0, 8)}) was interrupted`
  const client = await openDatabase(await findInstallation(config, signal), context)
  switch (journal.phase) {
    case 'aside':
      report({ type: 'warning', message: `${what} before anything live was touched; cleaning up after it` })
      await removeScratch(context, client, journal)
      await removeJournal(config.stateDir)
      return
    case 'swapping':
      report({ type: 'warning', message: `${what} in the middle of the swap; taking it back` })
      await takeBack(context, client, journal, null)
      return
    case 'swapped':
      report({ type: 'warning', message: `${what} after the swap; finishing it` })
      await finishSwap(context, client, journal)
  }
}
