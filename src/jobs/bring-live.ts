import { swapIn, swapOut } from '../directories/swap.ts'
import { UserError } from '../errors.ts'
import { awaitTurn, type Client } from '../mysql/client.ts'
import { createObjects, type ObjectSources } from '../mysql/create-objects.ts'
import { addForeignKeys, dropForeignKeys } from '../mysql/foreign-keys.ts'
import { takeInventory } from '../mysql/inventory.ts'
import {
  dropEmptyDatabases,
  dropLiveObjects,
  isSwapped,
  prepareSwap,
  recreateLiveObjects,
  refuseLockedTables,
  setDefaults,
  swapTables,
  swapTablesBack,
} from '../mysql/swap.ts'
import { cleanUp } from './clean-up.ts'
import { type FinishedSwap, finishSwap } from './finish-swap.ts'
import type { JobContext } from './job-context.ts'
import { type Journal, readJournal, writeJournal } from './journal.ts'
import { liveSide } from './live-side.ts'
import type { Previous } from './previous.ts'
import { startSeaTable, stopSeaTable } from './stop-and-start.ts'

/** A step of the swap, and how it is taken back: harmless when the step was done in part or not at all. */
interface Step {
  readonly title: string
  readonly does: () => Promise<unknown>
  readonly undoes: () => Promise<unknown>
}

/** Gets, as sentences, what uses what is gone and is left out. */
type OnLeftOut = (sentences: readonly string[]) => void

export interface BroughtLive extends Pick<FinishedSwap, 'bigData'> {
  /** From the last writer stopped to the first start issued; 0 when none was running. */
  readonly downtimeSeconds: number
  /** Views, triggers, routines and events that use what is gone, as sentences. */
  readonly leftOut: readonly string[]
}

/**
 * Stops the writers, swaps, starts them. Each step is recorded before it is done. When one fails, it and all before it
 * are taken back and the writers are started again.
 */
export const bringLive = async (
  context: JobContext,
  given: Client,
  prepared: Journal,
  sources: ObjectSources,
): Promise<BroughtLive> => {
  const { config, report, now } = context
  const { stateDir } = config
  const client = given.inTurn()
  let journal: Journal = { ...prepared, phase: 'swapping', begun: -1 }
  try {
    await writeJournal(stateDir, journal)
    await prepareSwap(client, journal.databases)
    if (journal.writers.length > 0) report({ type: 'step', title: 'Stopping SeaTable' })
    journal = { ...journal, begun: 0 }
    await writeJournal(stateDir, journal)
    await stopSeaTable(context, journal)
    const stopped = now()
    report({ type: 'step', title: 'Swapping' })
    journal = await withLiveSides(client, journal)
    await writeJournal(stateDir, journal)
    await refuseLockedTables(client, journal.databases)
    const leftOut: string[] = []
    const onLeftOut = warnAbout(context, leftOut)
    for (const [index, step] of stepsOf(journal, client, sources, onLeftOut).entries()) {
      journal = { ...journal, begun: index + 1 }
      await writeJournal(stateDir, journal)
      await step.does()
    }
    const swapped: Journal = { ...journal, phase: 'swapped' }
    await writeJournal(stateDir, swapped)
    journal = swapped
    const { started, bigData } = await finishSwap(context, client, journal)
    const downtimeSeconds = journal.writers.length === 0 ? 0 : (started.getTime() - stopped.getTime()) / 1000
    return { downtimeSeconds, bigData, leftOut }
  } catch (error) {
    if (journal.phase === 'swapped' || (await saysSwapped(stateDir))) throw notFinished(error as Error)
    await takeBack(context, client, journal, error as Error)
    throw error
  }
}

/** The next command goes by what is on the disk, and a write that failed may have reached it. */
const saysSwapped = async (stateDir: string): Promise<boolean> =>
  (await readJournal(stateDir).catch(() => null))?.phase === 'swapped'

/** What is live now that nobody writes any more: until the stop a table could come or go. */
const withLiveSides = async (client: Client, journal: Journal): Promise<Journal> => {
  const { databases: listed } = await takeInventory(
    client,
    journal.databases.map(({ name }) => name),
  )
  const databases: Journal['databases'] = []
  for (const swap of journal.databases) {
    const live = swap.live === null ? null : (listed.find(({ name }) => name === swap.name) ?? null)
    databases.push({ ...swap, live: live === null ? swap.live : await liveSide(client, live) })
  }
  const { previous } = journal
  return { ...journal, databases, previous: previous === null ? null : withDatabases(previous, databases) }
}

const withDatabases = (previous: Previous, databases: Journal['databases']): Previous => ({
  ...previous,
  databases: previous.databases.map((kept) => {
    const live = databases.find(({ name }) => name === kept.name)?.live ?? null
    return live === null ? kept : { ...kept, tables: live.tables, objects: live.objects, foreignKeys: live.foreignKeys }
  }),
})

/** A database server that is restarted in the middle of the swap has so many seconds to come back. */
const patience = 60

/** Undoes every step that was begun, last first, and starts the writers again. `cause` is null after a crash. */
export const takeBack = async (
  context: JobContext,
  given: Client,
  journal: Journal,
  cause: Error | null,
): Promise<void> => {
  const { config, report } = context
  const client = given.inTurn()
  report({ type: 'step', title: 'Taking the swap back' })
  const failingAt = (title: string) => (error: Error) => {
    throw notTakenBack(title, error, cause)
  }
  await awaitTurn(client, patience).catch(failingAt('waiting for the database'))
  const mayBeStopped = journal.begun >= 0
  // After a crash they may be on their way down, or run again because somebody has started them.
  if (mayBeStopped && cause === null) {
    const untouched = journal.begun === 0
    await stopSeaTable(context, journal).catch(untouched ? warnOf(context) : failingAt('stopping SeaTable'))
  }
  const begun = stepsOf(journal, client, new Map(), warnAbout(context, [])).slice(0, Math.max(0, journal.begun))
  for (const step of begun.reverse()) await step.undoes().catch(failingAt(step.title))
  const created = journal.databases.filter(({ live }) => live === null).map(({ name }) => name)
  await dropEmptyDatabases(client, created, 'Removing databases that were not there before').catch(
    failingAt('removing databases that were not there before'),
  )
  // Undone again, the swap of what is removed next would be misread; a full disk must not keep SeaTable stopped for that.
  await writeJournal(config.stateDir, { ...journal, phase: 'taken-back' }).catch(() => {})
  if (mayBeStopped) await startSeaTable(context, journal)
  await cleanUp(context, client, journal)
}

/** As long as nothing is swapped, what cannot be stopped must not keep the others from being started. */
const warnOf =
  ({ report }: JobContext) =>
  ({ message }: Error): void =>
    report({ type: 'warning', message })

const notFinished = (error: Error): UserError =>
  new UserError(
    `The swap is complete and the restored data is live, but what follows it failed: ${error.message}`,
    'Mend what is named here, then run any command: it finishes the restore.',
    1,
    { cause: error },
  )

const notTakenBack = (title: string, error: Error, cause: Error | null): UserError =>
  new UserError(
    `${cause === null ? 'An interrupted restore' : `The restore failed (${cause.message}) and`} could not be taken back yet, at ${title}: ${error.message}`,
    'Nothing is lost, and SeaTable stays stopped. Mend what is named here, then run any command: it goes on from there.',
    1,
    { cause: error },
  )

const warnAbout =
  ({ report }: JobContext, leftOut: string[]): OnLeftOut =>
  (sentences) => {
    leftOut.push(...sentences)
    for (const message of sentences) report({ type: 'warning', message })
  }

const stepsOf = (
  { databases, directories }: Journal,
  client: Client,
  sources: ObjectSources,
  onLeftOut: OnLeftOut,
): Step[] => [
  {
    title: 'removing live views and triggers',
    does: () => dropLiveObjects(client, databases),
    undoes: async () => onLeftOut(await recreateLiveObjects(client, databases)),
  },
  {
    title: 'setting foreign keys aside',
    does: () => eachOf(databases, ({ name, live }) => dropForeignKeys(client, name, live?.foreignKeys ?? [])),
    undoes: () => eachOf(databases, ({ name, live }) => addForeignKeys(client, name, name, live?.foreignKeys ?? [])),
  },
  {
    title: 'swapping the tables',
    does: () => swapTables(client, databases),
    undoes: () => swapTablesBack(client, databases),
  },
  {
    title: 'creating foreign keys again',
    does: () =>
      eachOf(databases, ({ name, incoming }) =>
        addForeignKeys(client, name, incoming?.home ?? name, incoming?.foreignKeys ?? []),
      ),
    // A second undo, after a crash in the first, finds the live tables in place and must not touch their keys.
    undoes: async () => {
      if (!(await isSwapped(client, databases))) return
      await eachOf(databases, ({ name, incoming }) => dropForeignKeys(client, name, incoming?.foreignKeys ?? []))
    },
  },
  {
    title: 'setting the character sets',
    does: () => setDefaults(client, databases, 'incoming'),
    undoes: () => setDefaults(client, databases, 'live'),
  },
  ...directories.map((swap) => ({
    title: `swapping ${swap.live}`,
    does: () => swapIn(swap),
    undoes: () => swapOut(swap),
  })),
  {
    title: 'creating the views and triggers',
    does: async () => onLeftOut(await createObjects(client, sources)),
    undoes: () => dropLiveObjects(client, databases),
  },
]

const eachOf = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  for (const item of items) await work(item)
}
