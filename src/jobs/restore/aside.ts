import { makeEmptyAside } from '../../directories/empty.ts'
import { flushToDisk } from '../../directories/flush.ts'
import { asidePath, type DirectoryTarget, keptPath, restoredPath } from '../../directories/targets.ts'
import type { Client } from '../../mysql/client/client.ts'
import { refuseSeveral } from '../../mysql/objects/refuse-several.ts'
import { type ListedDatabase, takeInventory } from '../../mysql/server/inventory.ts'
import { defaultsAtHome } from '../../mysql/sql/own-names.ts'
import { dropForeignKeys, strayForeignKeys } from '../../mysql/swap/foreign-keys.ts'
import { asideName, previousName, proofName } from '../../mysql/working-names.ts'
import { asTheyAreNow } from '../../seatable/writers.ts'
import type { BroughtBack } from '../big-data/bring-back.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { proveDumps, provenToSwap } from '../proof/prove-coming.ts'
import { refuseDifferentCopies } from '../proof/prove-copies.ts'
import type { FetchedDump } from '../snapshots/fetch-dumps.ts'
import { loadDatabases } from '../snapshots/load-databases.ts'
import { freeTurn } from '../state/free-turn.ts'
import {
  type DatabaseRecord,
  type ScratchJournal,
  type SwapJournal,
  scratchJournal,
  swapJournal,
  writeJournal,
} from '../state/journal.ts'
import { dropPreviousData, type Previous } from '../state/previous.ts'
import type { ComingObjects } from '../swap/coming-objects.ts'
import { cleanUp } from '../swap/finish.ts'
import { refuseKeysIntoLive } from '../swap/foreign-keys.ts'
import { liveDatabase, tableNames } from '../swap/live-databases.ts'
import { previousOf } from '../swap/outgoing.ts'
import { refuseOccupied } from '../swap/refuse-occupied.ts'
import { runSwap, type SwapResult } from '../swap/swap.ts'
import { refuseSwapElsewhere } from '../swap/tables-elsewhere.ts'
import { controlsOf, type Interrupted, writersToStop } from '../swap/writers.ts'
import type { Prepared } from './prepare.ts'
import type { RestoreSource } from './source.ts'

/** What became live, for how long SeaTable was stopped, and what is kept. */
export interface Restored extends Pick<SwapResult, 'downtimeSeconds' | 'leftOut'> {
  readonly previous: Previous | null
  /** To be called when the lock is given back; null when SeaTable is not to be asked. */
  readonly bigData: (() => Promise<BroughtBack>) | null
}

/** What is restored, where it goes, and where it comes from. */
export interface AsideRestore
  extends Pick<
    Prepared,
    'client' | 'installation' | 'snapshot' | 'manifest' | 'parts' | 'targets' | 'previous' | 'bigData'
  > {
  readonly source: RestoreSource
}

/** Loads and proves everything beside the live data, then swaps the two. Until the swap a failure changes nothing live. */
export const restoreAside = async (
  context: JobContext,
  wanted: AsideRestore,
  interrupted: Interrupted | null,
): Promise<Restored> => {
  const { config, now, report, signal } = context
  const { client, source, targets } = wanted
  const turn = await freeTurn(config.stateDir)
  const emptied = wanted.bigData.emptied && { ...wanted.bigData.emptied, turn }
  const swapped = [...targets, ...(emptied === null ? [] : [emptied])]
  const begun = scratchJournal('restore', wanted.snapshot, now(), {
    databases: wanted.parts.databases.flatMap(({ name }) => [asideName(name, turn), proofName(name, turn)]),
    directories: [...new Set(swapped.map(asidePath))],
  })
  await writeJournal(config.stateDir, begun)
  let dumps: FetchedDump[]
  let journal: SwapJournal
  let coming: ComingObjects
  try {
    dumps = await source.dumps(wanted.parts.databases)
    await refuseSeveral(client, dumps)
    await loadAside(context, wanted, dumps, turn)
    await source.dropDumps()
    await source.directories(targets)
    if (emptied !== null) await makeEmptyAside(emptied, config.environment.tools)
    ;({ journal, coming } = await step(report, 'Preparing the swap', async () => {
      await flushToDisk([config.stateDir, ...new Set(swapped.map(asidePath))], config.environment.tools)
      const ready = await readyToSwap(context, { ...wanted, targets: swapped }, begun, dumps, turn, interrupted)
      const coming = await proveDumps(context, client, dumps, ready.databases)
      const journal = await provenToSwap(context, client, ready, coming, turn)
      signal.throwIfAborted()
      await refuseKeysIntoLive(client, journal)
      await refuseSwapElsewhere(client, journal)
      return { journal, coming }
    }))
    journal = await withoutOlderPrevious(context, wanted, journal)
    await refuseOccupied(client, journal)
  } catch (error) {
    await cleanUp(context, client, begun)
    throw error
  }
  return { ...(await runSwap(context, client, journal, coming)), previous: journal.previous }
}

/** Only now, when the new data is proven, the older way back makes room for the newer. */
const withoutOlderPrevious = async (
  context: JobContext,
  { previous, client, targets, bigData: { emptied } }: AsideRestore,
  journal: SwapJournal,
): Promise<SwapJournal> => {
  if (previous === null) return journal
  await step(context.report, 'Dropping the previous data', () => dropPreviousData(context, previous, client))
  // What could not be dropped has its names still.
  const turn = await freeTurn(context.config.stateDir)
  return keptUnder(journal, [...targets, ...(emptied === null ? [] : [emptied])], turn)
}

const keptUnder = (journal: SwapJournal, targets: readonly DirectoryTarget[], turn: number): SwapJournal => {
  const pathOf = (name: string, otherwise: string) => {
    const target = targets.find((one) => one.name === name)
    return target === undefined ? otherwise : keptPath(target, turn)
  }
  const { previous } = journal
  return {
    ...journal,
    databases: journal.databases.map((swap) => ({ ...swap, outgoing: previousName(swap.name, turn) })),
    directories: journal.directories.map((swap) => ({ ...swap, outgoing: pathOf(swap.name, swap.outgoing) })),
    previous: previous && {
      ...previous,
      databases: previous.databases.map((one) => ({ ...one, kept: previousName(one.name, turn) })),
      directories: previous.directories.map((one) => ({ ...one, kept: pathOf(one.name, one.kept) })),
    },
  }
}

const loadAside = async (
  context: JobContext,
  { client, manifest }: AsideRestore,
  dumps: readonly FetchedDump[],
  turn: number,
): Promise<void> => {
  if (dumps.length === 0) return
  const aside = dumps.map((dump) => ({ ...dump, into: asideName(dump.name, turn) }))
  await step(context.report, 'Loading the databases aside', async () => {
    await loadDatabases(context, client, aside)
    await refuseDifferentCopies(context, client, dumps, (name) => asideName(name, turn), manifest.server.version)
  })
}

/** Everything aside is proven: what will be swapped, and what is kept of it, is written down before the first step. */
const readyToSwap = async (
  { config, now }: JobContext,
  { installation, targets, client, bigData }: AsideRestore,
  begun: ScratchJournal,
  dumps: readonly FetchedDump[],
  turn: number,
  interrupted: Interrupted | null,
): Promise<SwapJournal> => {
  const databases = await databaseSwaps(client, dumps, turn)
  const presentInstallation = await asTheyAreNow(installation, controlsOf(config))
  return swapJournal(begun, {
    databases,
    restoresBigData: bigData.restored,
    directories: targets.map((target) => ({
      name: target.name,
      live: target.live,
      exists: target.exists,
      by: target.by,
      incoming: restoredPath(target),
      outgoing: keptPath(target, turn),
    })),
    writers: writersToStop(presentInstallation, config, interrupted),
    previous: previousOf(
      begun.snapshot,
      now(),
      databases.map((swap) => ({ ...swap, kept: swap.outgoing })),
      targets.map((target) => ({
        name: target.name,
        live: target.live,
        existed: target.exists,
        by: target.by,
        beside: target.beside,
        kept: keptPath(target, turn),
      })),
    ),
  })
}

const databaseSwaps = async (
  client: Client,
  dumps: readonly FetchedDump[],
  turn: number,
): Promise<readonly DatabaseRecord[]> => {
  const names = dumps.map(({ name }) => name)
  const { databases } = await takeInventory(client, [...names, ...names.map((name) => asideName(name, turn))])
  const find = (name: string): ListedDatabase | null => databases.find((database) => database.name === name) ?? null
  const swaps: DatabaseRecord[] = []
  for (const { name, characterSet, collation, outline } of dumps) {
    const database = asideName(name, turn)
    const tables = tableNames(find(database))
    const foreignKeys = await strayForeignKeys(client, database, tables)
    await dropForeignKeys(client, database, foreignKeys)
    const atHome = outline.statements.flatMap((sql) => defaultsAtHome(sql, name) ?? [])
    swaps.push({
      name,
      live: await liveDatabase(client, find(name)),
      incoming: { database, characterSet, collation, tables, foreignKeys, home: database, atHome },
      outgoing: previousName(name, turn),
    })
  }
  return swaps
}
