import { swapOut } from '../../directories/swap.ts'
import { UserError } from '../../errors.ts'
import { awaitTurn, type Client } from '../../mysql/client/client.ts'
import { dropForeignKeys } from '../../mysql/swap/foreign-keys.ts'
import { isSwapped, makeWayBack, swapTablesBack } from '../../mysql/swap/swap.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { type SwapJournal, writeJournal } from '../state/journal.ts'
import { cleanUp } from './finish.ts'
import { putAgain } from './put-again.ts'
import { startSeaTable, stopSeaTable } from './writers.ts'

/** A database server that is restarted in the middle of the swap has these to come back. */
const comeBackSeconds = 60

/**
 * Takes a swap back, however far it came: directories and tables go back by renames, the writers are started, and only
 * then is created again what had made way; what of that fails is a warning. Goes by what it finds, so that it may be
 * done twice, also after a crash. `cause` is null after a crash.
 */
export const takeBack = (
  context: JobContext,
  given: Client,
  journal: SwapJournal,
  cause: Error | null,
): Promise<void> => step(context.report, 'Taking the swap back', () => undo(context, given.inTurn(), journal, cause))

const undo = async (context: JobContext, client: Client, journal: SwapJournal, cause: Error | null): Promise<void> => {
  const { config } = context
  const failingAt = (title: string) => (error: Error) => {
    throw notTakenBack(title, error, cause)
  }
  await awaitTurn(client, comeBackSeconds).catch(failingAt('waiting for the database'))
  const mayBeStopped = journal.begun >= 0
  const hasBegun = journal.begun > 0
  // After a crash they may be on their way down, or run again because somebody has started them.
  if (mayBeStopped && cause === null) {
    await stopSeaTable(context, journal).catch(hasBegun ? failingAt('stopping SeaTable') : warnOf(context))
  }
  if (hasBegun) {
    for (const swap of [...journal.directories].reverse()) {
      await swapOut(swap).catch(failingAt(`swapping ${swap.live}`))
    }
    await tablesBack(client, journal).catch(failingAt('swapping the tables'))
  }
  // Undone again, the swap of what is removed next would be misread; a full disk must not keep SeaTable stopped for that.
  const takenBack: SwapJournal = { ...journal, phase: 'taken-back', putsAgain: true }
  await writeJournal(config.stateDir, takenBack).catch(() => {})
  try {
    if (mayBeStopped) await startSeaTable(context, journal)
  } finally {
    await putAgain(context, client, takenBack)
  }
  await cleanUp(context, client, takenBack)
}

/** A second time, after a crash in the first, it finds the live tables in place and must not touch what belongs to them. */
const tablesBack = async (client: Client, { databases }: SwapJournal): Promise<void> => {
  if (!(await isSwapped(client, databases))) return
  await makeWayBack(client, databases)
  for (const { name, incoming } of databases) {
    // What is left of them is dropped with what they belong to, or afterwards.
    await dropForeignKeys(client, name, incoming?.foreignKeys ?? []).catch(() => {})
  }
  await swapTablesBack(client, databases)
}

/** As long as nothing is swapped, what cannot be stopped must not keep the others from being started. */
const warnOf =
  ({ report }: JobContext) =>
  ({ message }: Error): void =>
    report({ type: 'warning', message })

const notTakenBack = (title: string, error: Error, cause: Error | null): UserError =>
  new UserError({
    message: `${cause === null ? 'An interrupted restore' : `The restore failed (${cause.message}) and`} could not be taken back yet, at ${title}: ${error.message}`,
    hint: 'Nothing is lost, and SeaTable stays stopped. Fix what is named here, then run any command: it goes on from there.',
    cause: error,
  })
