import { join } from 'node:path'
import { asidePath } from '../directories/targets.ts'
import { UserError } from '../errors.ts'
import type { Client } from '../mysql/client/client.ts'
import { type ListedDatabase, takeInventory } from '../mysql/server/inventory.ts'
import { asideName, previousName, proofName } from '../mysql/working-names.ts'
import { isThere } from '../paths.ts'
import { runningWriters } from '../seatable/writers.ts'
import { connect } from './context/connect.ts'
import type { JobContext } from './context/job-context.ts'
import { step } from './context/step.ts'
import { askOnce, doubtsOf, type MayStayUnproven } from './proof/doubts.ts'
import { provenToSwap, provePrevious } from './proof/prove-coming.ts'
import { freeTurn } from './state/free-turn.ts'
import {
  beforeSwap,
  type DatabaseRecord,
  type DirectoryRecord,
  readJournal,
  type SwapJournal,
  scratchJournal,
  swapJournal,
  whatIsFirst,
  writeJournal,
} from './state/journal.ts'
import { type Kept, keptDatabase, keptOf, type Previous, readPrevious } from './state/previous.ts'
import { cleanUp } from './swap/finish.ts'
import { refuseKeysIntoLive } from './swap/foreign-keys.ts'
import { liveDatabase, tableNames } from './swap/live-databases.ts'
import { previousOf } from './swap/outgoing.ts'
import { refuseOccupied } from './swap/refuse-occupied.ts'
import { refuseNoRights } from './swap/rights.ts'
import { runSwap } from './swap/swap.ts'
import { refuseSwapElsewhere } from './swap/tables-elsewhere.ts'
import { withLock } from './swap/with-lock.ts'
import { controlsOf } from './swap/writers.ts'

export interface RollbackOutcome {
  /** The snapshot whose data was live until now, and is kept in turn. */
  readonly snapshot: string
  readonly databases: readonly string[]
  readonly dataPaths: readonly string[]
  readonly downtimeSeconds: number
  readonly durationSeconds: number
  readonly previous: Kept
}

/** What a rollback would do. */
export interface RollbackPlan {
  /** The snapshot whose data is live now, and would be kept in turn. */
  readonly snapshot: string
  /** When that data became live (ISO 8601): what was live until then comes back. */
  readonly replacedAt: string
  /** `comesBack` is false where there was no such database before the restore: then the restored one goes. */
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly comesBack: boolean }[]
  readonly directories: readonly { readonly name: string; readonly live: string; readonly comesBack: boolean }[]
  /** What will be stopped for the swap, in this order. */
  readonly stops: readonly string[]
}

/** The plan alone: nothing is touched. Throws for what a rollback would be refused. */
export const planRollback = async (context: JobContext): Promise<RollbackPlan & { readonly dryRun: true }> => {
  const interrupted = await readJournal(context.config.stateDir)
  if (interrupted !== null) context.report({ type: 'warning', message: whatIsFirst(interrupted) })
  return { dryRun: true, ...(await prepare(context)).plan }
}

interface RollbackRequest {
  /** Asked with the plan, before anything is touched. */
  readonly confirm: (plan: RollbackPlan) => Promise<boolean>
  /** Asked before SeaTable is stopped, about what could not be proven. */
  readonly mayStayUnproven: MayStayUnproven
}

/**
 * Swaps back what was live before the last restore; what that restore had brought is kept in turn. Null when a question
 * was answered with no, and nothing live was touched.
 */
export const rollback = (
  context: JobContext,
  { confirm, mayStayUnproven }: RollbackRequest,
): Promise<RollbackOutcome | null> =>
  withLock(context, 'rollback', async () => {
    const { now } = context
    const began = now()
    const { previous, client, turn, journal: found, writers, plan } = await prepare(context)
    if (!(await confirm(plan))) return null
    const { coming, journal, doubts } = await proveInTurn(context, client, found, previous, turn)
    if (!(await askOnce(context, mayStayUnproven)(doubts))) {
      await cleanUp(context, client, beforeSwap(found))
      return null
    }
    const { downtimeSeconds } = await runSwap(context, client, { ...journal, writers }, coming)
    return {
      snapshot: previous.snapshot,
      databases: previous.databases.map(({ name }) => name),
      dataPaths: previous.directories.map(({ live }) => live),
      downtimeSeconds,
      durationSeconds: (now().getTime() - began.getTime()) / 1000,
      previous: keptOf(journal.previous as Previous),
    }
  })

/** Looks at what is kept and at what is live. Throws when there is no way back. */
const prepare = async (context: JobContext) => {
  const { config, report } = context
  const previous = await readPrevious(config.stateDir)
  if (previous === null) {
    throw new UserError({
      message: 'There is nothing to roll back to: no restore has left previous data',
      hint: 'See: seatable-restic snapshots.',
    })
  }
  return step(report, 'Looking at what is kept', () => lookAt(context, previous))
}

const lookAt = async (context: JobContext, previous: Previous) => {
  const { config, now, signal } = context
  const { installation, client } = await connect(context)
  await refuseNoRights(
    client,
    previous.databases.map(({ name }) => name),
    'swap',
    signal,
  )
  const turn = await freeTurn(config.stateDir)
  const journal = await journalOf(previous, client, now(), turn)
  await refuseIncomplete(journal, previous)
  await refuseOccupied(client, journal)
  await refuseKeysIntoLive(client, journal)
  await refuseSwapElsewhere(client, journal)
  const writers = runningWriters(installation, controlsOf(config))
  return { previous, client, turn, journal, writers, plan: planOf(previous, journal, writers) }
}

const planOf = (
  { snapshot, replacedAt, databases, directories }: Previous,
  journal: SwapJournal,
  writers: readonly { readonly name: string }[],
): RollbackPlan => ({
  snapshot,
  replacedAt,
  databases: databases.map(({ name, existed }) => ({
    name,
    tables: journal.databases.find((database) => database.name === name)?.incoming?.tables.length ?? 0,
    comesBack: existed,
  })),
  directories: directories.map(({ name, live, existed }) => ({ name, live, comesBack: existed })),
  stops: writers.map(({ name }) => name),
})

/** On copies, which are removed whatever comes of it: by the next command after a crash. */
const proveInTurn = async (
  context: JobContext,
  client: Client,
  found: SwapJournal,
  previous: Previous,
  turn: number,
) => {
  const scratch = beforeSwap(found)
  await writeJournal(context.config.stateDir, scratch)
  try {
    return await step(context.report, 'Preparing the swap', async () => {
      const coming = await provePrevious(context, client, found, previous, turn)
      const { databases, doubts } = await provenToSwap(context, client, found.databases, coming, turn)
      context.signal.throwIfAborted()
      return { coming, journal: { ...found, databases }, doubts: [...doubtsOf(coming), ...doubts] }
    })
  } catch (error) {
    await cleanUp(context, client, scratch)
    throw error
  }
}

const journalOf = async (previous: Previous, client: Client, began: Date, turn: number): Promise<SwapJournal> => {
  const names = previous.databases.map(({ name }) => name)
  const keptNames = previous.databases.map(keptDatabase)
  const { databases } = await takeInventory(client, [...names, ...keptNames])
  const find = (name: string): ListedDatabase | null => databases.find((database) => database.name === name) ?? null
  const swaps: DatabaseRecord[] = []
  for (const kept of previous.databases) {
    const { name, existed, characterSet, collation, foreignKeys } = kept
    const database = keptDatabase(kept)
    const tables = tableNames(find(database))
    const incoming = { database, characterSet, collation, tables, foreignKeys, home: name }
    swaps.push({
      name,
      live: await liveDatabase(client, find(name)),
      incoming: existed ? incoming : null,
      outgoing: asideName(name, turn),
    })
  }
  const directories: DirectoryRecord[] = []
  for (const { name, live, existed, by, beside, kept } of previous.directories) {
    const exists = await isThere(live)
    const outgoing = join(asidePath({ beside, turn }), name)
    directories.push({ name, live, exists, by, incoming: existed ? kept : null, outgoing })
  }
  const scratch = {
    databases: names.flatMap((name) => [asideName(name, turn), proofName(name, turn)]),
    directories: [...new Set(previous.directories.map(({ beside }) => asidePath({ beside, turn })))],
  }
  return swapJournal(scratchJournal('rollback', previous.snapshot, began, scratch), {
    databases: swaps,
    directories,
    // What the rollback replaces is kept where the data that it brings back was.
    previous: previousOf(
      previous.snapshot,
      began,
      swaps.map((swap, at) => ({ ...swap, kept: keptNames[at] ?? previousName(swap.name) })),
      previous.directories.map((directory) => ({
        ...directory,
        existed: directories.find(({ name }) => name === directory.name)?.exists ?? false,
      })),
    ),
  })
}

/** Previous data that somebody has removed cannot come back: refused before SeaTable is stopped. */
const refuseIncomplete = async ({ databases, directories }: SwapJournal, previous: Previous): Promise<void> => {
  const missing: string[] = []
  for (const record of previous.databases) {
    const { name, tables } = record
    const kept = keptDatabase(record)
    const there = databases.find((database) => database.name === name)?.incoming?.tables ?? []
    const gone = tables.filter((table) => !there.includes(table))
    if (there.length === 0 && gone.length > 0) missing.push(`the database ${kept}`)
    else missing.push(...gone.map((table) => `the table ${kept}.${table}`))
  }
  for (const { incoming } of directories) {
    if (incoming !== null && !(await isThere(incoming))) missing.push(incoming)
  }
  if (missing.length === 0) return
  throw new UserError({
    message: `The previous data is not whole: ${missing.join(', ')} is missing`,
    hint: 'Restore a snapshot instead; seatable-restic drop-previous removes what is left of it.',
  })
}
