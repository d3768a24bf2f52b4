import { endOrphans } from '../../directories/orphans.ts'
import { UserError } from '../../errors.ts'
import { awaitTurn, type Client } from '../../mysql/client/client.ts'
import { shortId } from '../../short-id.ts'
import { landingsIn } from '../../staging/area.ts'
import { finishBigData } from '../big-data/pending.ts'
import { connect } from '../context/connect.ts'
import type { JobContext } from '../context/job-context.ts'
import { tellStanding } from '../context/standing.ts'
import { dropDoomedData, readDoomed } from '../state/drop-previous-data.ts'
import { type InPlaceJournal, readJournal, wayBackHint } from '../state/journal.ts'
import { leftoverWarnings } from '../state/leftovers.ts'
import { retryLeftovers } from '../state/remove-leftovers.ts'
import { cleanUp, finishSwap } from './finish.ts'
import { putAgain } from './put-again.ts'
import { takeBack } from './take-back.ts'
import type { Interrupted } from './writers.ts'
import { startSeaTable } from './writers.ts'

/**
 * Finishes or takes back what a crash has left of a restore, and says so. Only a restore in place can be neither: then
 * what it had stopped and saved is returned to the restore that replaces it, and any other command is refused.
 */
export const recover = async (context: JobContext, command: string): Promise<Interrupted | null> => {
  const { config, report } = context
  const open = async () => (await connect(context)).client
  await finishDropping(context, open)
  tellStanding(context, leftoverWarnings(await retryLeftovers(context, open)))
  const journal = await readJournal(config.stateDir)
  if (journal === null) {
    await finishBigData(context, command)
    return null
  }
  const what = `The ${journal.command} of ${journal.began} (snapshot ${shortId(journal.snapshot)}) was interrupted`
  const tell = (how: string) => report({ type: 'warning', message: `${what} ${how}` })
  if (journal.phase === 'in-place' && command !== 'restore') throw inPieces(what, journal)
  await endOrphans([...journal.scratch.directories, ...(await landingsIn(config.stateDir))])
  const client = (await open()).inTurn()
  if (journal.phase !== 'swapping') await awaitTurn(client, 1)
  switch (journal.phase) {
    case 'aside':
      tell('before anything live was touched; cleaning up after it')
      break
    case 'taken-back':
      tell('and taken back; starting SeaTable and cleaning up after it')
      await startSeaTable(context, journal)
      if (journal.putsAgain) await putAgain(context, client, journal)
      break
    case 'stopped':
      tell('before anything live was touched; starting SeaTable again')
      await startSeaTable(context, journal)
      break
    case 'swapping':
      tell('in the middle of the swap; taking it back')
      await takeBack(context, client, journal, null)
      return null
    case 'swapped':
      tell('after the swap; finishing it')
      await (await finishSwap(context, client, journal)).bigData?.()
      return null
    case 'in-place':
      tell('half way; this restore replaces what it left')
      return journal
  }
  await cleanUp(context, client, journal)
  return null
}

/** What cannot be dropped yet keeps no command from its work. */
const finishDropping = async (context: JobContext, open: () => Promise<Client>): Promise<void> => {
  const { config, report } = context
  const doomed = await readDoomed(config.stateDir)
  if (doomed === null) return
  report({ type: 'warning', message: 'The dropping of previous data was interrupted; finishing it' })
  try {
    await dropDoomedData(context, doomed, await open())
  } catch (error) {
    report({ type: 'warning', message: `It could not be finished yet: ${(error as Error).message}` })
  }
}

const inPieces = (what: string, { snapshot, safetySnapshot }: InPlaceJournal): UserError =>
  new UserError({
    message: `${what} half way: what is live is in pieces, and SeaTable is stopped`,
    hint: `Run it again: seatable-restic restore ${shortId(snapshot)} --in-place --yes.${wayBackHint(safetySnapshot)}`,
  })
