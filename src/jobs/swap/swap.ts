import { swapIn } from '../../directories/swap.ts'
import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { isSame, titleOf } from '../../mysql/objects/objects.ts'
import { isToBeMade, makeObjects, type ObjectChange, superfluous } from '../../mysql/objects/replace.ts'
import { isSameDefinition } from '../../mysql/objects/same-object.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import { addForeignKeys, dropForeignKeys } from '../../mysql/swap/foreign-keys.ts'
import { makeWay, prepareSwap, refuseLockedTables, setDefaults, swapTables } from '../../mysql/swap/swap.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { type DatabaseRecord, readJournal, type SwapJournal, writeJournal } from '../state/journal.ts'
import type { Previous } from '../state/previous.ts'
import { type ComingObjects, changesOf, missingAfterwards } from './coming-objects.ts'
import { type FinishedSwap, finishSwap } from './finish.ts'
import { liveDatabase } from './live-databases.ts'
import { takeBack } from './take-back.ts'
import { stopSeaTable } from './writers.ts'

/** One of the moves of the swap. How all of them are taken back is in `takeBack`, which goes by what it finds. */
type Move = () => Promise<unknown>

/** Gets, as sentences, what could not be made. */
type OnLeftOut = (sentences: readonly string[]) => void

export interface SwapResult extends Pick<FinishedSwap, 'bigData'> {
  /** From the last writer stopped to the first start issued; 0 when none was running. */
  readonly downtimeSeconds: number
  /** Views, triggers, routines and events that are not there afterwards, as sentences. */
  readonly leftOut: readonly string[]
}

/**
 * Stops the writers, swaps, starts them. Each step is recorded before it is done. When one fails, it and all before it
 * are taken back and the writers are started again. `coming` was proven before: from the stop on nothing is tried for
 * the first time.
 */
export const runSwap = async (
  context: JobContext,
  given: Client,
  prepared: SwapJournal,
  coming: ComingObjects,
): Promise<SwapResult> => {
  const { config, report, now } = context
  const { stateDir } = config
  const client = given.inTurn()
  let journal: SwapJournal = { ...prepared, phase: 'swapping', begun: -1 }
  try {
    await writeJournal(stateDir, journal)
    await prepareSwap(client, journal.databases)
    journal = { ...journal, begun: 0 }
    await writeJournal(stateDir, journal)
    await stopAsStep(context, journal)
    const stopped = now()
    const leftOut: string[] = []
    const onLeftOut = warnAbout(context, leftOut)
    await step(report, 'Swapping', async () => {
      const proven = journal
      journal = await withLiveSides(client, journal)
      await writeJournal(stateDir, journal)
      refuseChanged(proven, journal, coming)
      await refuseLockedTables(client, journal.databases)
      for (const [index, move] of movesOf(journal, client, coming, onLeftOut).entries()) {
        journal = { ...journal, begun: index + 1 }
        await writeJournal(stateDir, journal)
        await move()
      }
      const swapped: SwapJournal = { ...journal, phase: 'swapped' }
      await writeJournal(stateDir, swapped)
      journal = swapped
    })
    const { started, bigData } = await finishSwap(context, client, journal)
    const downtimeSeconds = journal.writers.length === 0 ? 0 : (started.getTime() - stopped.getTime()) / 1000
    onLeftOut(await missingAfterwards(given, coming, leftOut))
    return { downtimeSeconds, bigData, leftOut }
  } catch (error) {
    if (journal.phase === 'swapped' || (await saysSwapped(stateDir))) throw notFinished(error as Error)
    await takeBack(context, client, journal, error as Error)
    throw error
  }
}

const stopAsStep = async (context: JobContext, journal: SwapJournal): Promise<void> => {
  if (journal.writers.length > 0) await step(context.report, 'Stopping SeaTable', () => stopSeaTable(context, journal))
}

/** The next command goes by what is on the disk, and a write that failed may have reached it. */
const saysSwapped = async (stateDir: string): Promise<boolean> =>
  (await readJournal(stateDir).catch(() => null))?.phase === 'swapped'

/** What is live now that nobody writes any more: until the stop a table could come or go. */
const withLiveSides = async (client: Client, journal: SwapJournal): Promise<SwapJournal> => {
  const { databases: listed } = await takeInventory(
    client,
    journal.databases.map(({ name }) => name),
  )
  const databases: DatabaseRecord[] = []
  for (const swap of journal.databases) {
    const live = swap.live === null ? null : (listed.find(({ name }) => name === swap.name) ?? null)
    databases.push({ ...swap, live: live === null ? swap.live : await liveDatabase(client, live) })
  }
  const { previous } = journal
  return { ...journal, databases, previous: previous === null ? null : withDatabases(previous, databases) }
}

const withDatabases = (previous: Previous, databases: readonly DatabaseRecord[]): Previous => ({
  ...previous,
  databases: previous.databases.map((kept) => {
    const live = databases.find(({ name }) => name === kept.name)?.live ?? null
    return live === null ? kept : { ...kept, tables: live.tables, objects: live.objects, foreignKeys: live.foreignKeys }
  }),
})

/** What makes way must have been proven as it is now: whoever has changed it since would not get it back. */
const refuseChanged = (proven: SwapJournal, { databases }: SwapJournal, coming: ComingObjects): void => {
  const changes = changesOf(databases, coming)
  for (const change of changes) {
    const before = proven.databases.find(({ name }) => name === change.database)?.live?.objects ?? []
    const changed = makingWay(change).find((object) => {
      const known = before.find((one) => isSame(one, object))
      return known === undefined || !isSameDefinition(change.database, known, object)
    })
    if (changed === undefined) continue
    throw new UserError({
      message: `Somebody has changed ${titleOf(change.database, changed)} while this prepared the swap`,
      hint: 'Everything is as it was. Run again.',
    })
  }
}

const makingWay = (change: ObjectChange) => {
  const goes = superfluous(change)
  return change.live.filter((object) => isToBeMade(change, object) || goes.some((one) => isSame(one, object)))
}

const notFinished = (error: Error): UserError =>
  new UserError({
    message: `The swap is complete and the restored data is live, but what follows it failed: ${error.message}`,
    hint: 'Fix what is named here, then run any command: it finishes the restore.',
    cause: error,
  })

const warnAbout =
  ({ report }: JobContext, leftOut: string[]): OnLeftOut =>
  (sentences) => {
    leftOut.push(...sentences)
    for (const message of sentences) report({ type: 'warning', message })
  }

const movesOf = (
  { databases, directories }: SwapJournal,
  client: Client,
  coming: ComingObjects,
  onLeftOut: OnLeftOut,
): Move[] => [
  () => makeWay(client, databases),
  () => eachOf(databases, ({ name, live }) => dropForeignKeys(client, name, live?.foreignKeys ?? [])),
  () => swapTables(client, databases),
  () =>
    eachOf(databases, ({ name, incoming }) =>
      addForeignKeys(client, name, incoming?.home ?? name, incoming?.foreignKeys ?? []),
    ),
  () => setDefaults(client, databases, 'incoming'),
  ...directories.map((swap) => () => swapIn(swap)),
  async () => onLeftOut(await makeObjects(client, coming, changesOf(databases, coming))),
]

const eachOf = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  for (const item of items) await work(item)
}
