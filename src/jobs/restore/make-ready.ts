import { isDeepStrictEqual } from 'node:util'
import { makeEmptyAside } from '../../directories/empty.ts'
import { flushToDisk } from '../../directories/flush.ts'
import { asidePath, type DirectoryTarget, keptPath, restoredPath } from '../../directories/targets.ts'
import type { Client } from '../../mysql/client/client.ts'
import { listObjects } from '../../mysql/objects/objects.ts'
import { nothingToProve, type ProvenObjects } from '../../mysql/objects/prove.ts'
import { refuseSeveral } from '../../mysql/objects/refuse-several.ts'
import { type ListedDatabase, takeInventory } from '../../mysql/server/inventory.ts'
import { defaultsAtHome } from '../../mysql/sql/own-names.ts'
import { dropForeignKeys, strayForeignKeys } from '../../mysql/swap/foreign-keys.ts'
import { asideName, previousName } from '../../mysql/working-names.ts'
import { asTheyAreNow } from '../../seatable/writers.ts'
import { together } from '../../together.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { askOnce, doubtsOf, type MayStayUnproven } from '../proof/doubts.ts'
import { comingOf, provenToSwap, tryDumps, withWanted } from '../proof/prove-coming.ts'
import { refuseDifferentCopies } from '../proof/prove-copies.ts'
import { type FetchedDump, proveDumps } from '../snapshots/fetch-dumps.ts'
import { loadDatabases } from '../snapshots/load-databases.ts'
import { type DatabaseRecord, type ScratchJournal, type SwapJournal, swapJournal } from '../state/journal.ts'
import type { ComingObjects } from '../swap/coming-objects.ts'
import { refuseKeysIntoLive } from '../swap/foreign-keys.ts'
import { liveDatabase, tableNames } from '../swap/live-databases.ts'
import { previousOf } from '../swap/outgoing.ts'
import { refuseSwapElsewhere } from '../swap/tables-elsewhere.ts'
import { controlsOf, type Interrupted, writersToStop } from '../swap/writers.ts'
import { objectsIn } from './plan.ts'
import type { Prepared } from './prepare.ts'
import { loadDefinitions, placesOf } from './prove-by-parts.ts'
import type { RestoreSource } from './source.ts'

/** What is restored, where it goes, and where it comes from. */
export interface AsideRestore
  extends Pick<
    Prepared,
    'client' | 'installation' | 'snapshot' | 'manifest' | 'parts' | 'targets' | 'previous' | 'bigData'
  > {
  readonly source: RestoreSource
  readonly mayStayUnproven: MayStayUnproven
}

/** Proven, beside what is live. */
interface Ready {
  readonly journal: SwapJournal
  readonly coming: ComingObjects
}

/**
 * Loads and proves everything beside the live data, in the databases and directories of `turn`. Nothing live is changed.
 * Null when what cannot be proven was not agreed to. The caller cleans up.
 */
export const makeReady = async (
  context: JobContext,
  wanted: AsideRestore,
  begun: ScratchJournal,
  swapped: readonly DirectoryTarget[],
  turn: number,
  interrupted: Interrupted | null,
): Promise<Ready | null> => {
  const { config, report, signal } = context
  const { client, source, targets, bigData } = wanted
  const mayGoOn = askOnce(context, wanted.mayStayUnproven)
  const dumps = await source.dumps(wanted.parts.databases)
  const tried = await whileProving(dumps, context, async (meanwhile) => {
    await refuseSeveral(client, dumps)
    const found = await tryDefinitions(meanwhile, client, dumps, turn)
    const early = [...doubtsOf(comingOf(found.proven, found.databases)), ...found.doubtsOfWayBack]
    if (!(await mayGoOn(early))) return null
    await loadAside(meanwhile, wanted, dumps, turn)
    return found
  })
  if (tried === null) return null
  await source.dropDumps()
  await source.directories(targets)
  if (bigData.emptied !== null) await makeEmptyAside({ ...bigData.emptied, turn }, config.environment.tools)
  const { journal, coming, doubts } = await step(report, 'Preparing the swap', async () => {
    await flushToDisk([config.stateDir, ...new Set(swapped.map(asidePath))], config.environment.tools)
    const found = await readyToSwap(context, { ...wanted, targets: swapped }, begun, dumps, turn, interrupted)
    const { coming, databases, doubts } = await proveAgain(context, client, tried, found.databases, turn)
    const journal = { ...found, databases }
    signal.throwIfAborted()
    await refuseKeysIntoLive(client, journal)
    await refuseSwapElsewhere(client, journal)
    return { journal, coming, doubts }
  })
  // What is live may have changed while the rows were loaded.
  return (await mayGoOn(doubts)) ? { journal, coming } : null
}

/**
 * What is aside harms nobody, so the dumps are loaded while they are verified. One that is not what was saved ends the load,
 * and is what is told, whatever it has led to there.
 */
const whileProving = async <Result>(
  dumps: readonly FetchedDump[],
  context: JobContext,
  load: (context: JobContext) => Promise<Result>,
): Promise<Result> => {
  let proven: Promise<void> = Promise.resolve()
  const [, result] = await together(context.signal, [
    (signal) => {
      proven = proveDumps(dumps, signal)
      return proven
    },
    (signal) =>
      load({ ...context, signal }).catch(async (error: Error) => {
        await proven
        throw error
      }),
  ])
  return result
}

/** What was found out on tables without rows, and beside which live objects. */
interface Tried {
  readonly proven: ProvenObjects
  readonly databases: readonly DatabaseRecord[]
  readonly doubtsOfWayBack: readonly string[]
}

/**
 * Tries views, triggers, routines and events on tables without rows, so that what is refused is known before hours of
 * loading, and what cannot be proven while somebody still looks. The load makes these tables anew.
 */
const tryDefinitions = async (
  context: JobContext,
  client: Client,
  dumps: readonly FetchedDump[],
  turn: number,
): Promise<Tried> => {
  const names = dumps.map(({ name }) => name)
  const live = [...(await listObjects(client, names, context.signal)).values()].flat()
  if (live.length + objectsIn(dumps) === 0) return { proven: nothingToProve, databases: [], doubtsOfWayBack: [] }
  return step(context.report, 'Trying the definitions', async () => {
    await loadDefinitions(context, client, dumps, turn)
    const proven = await tryDumps(context, client, dumps, placesOf(dumps, turn))
    const databases = await databaseSwaps(client, dumps, turn)
    const { doubts } = await provenToSwap(context, client, databases, comingOf(proven, databases), turn)
    return { proven, databases, doubtsOfWayBack: doubts }
  })
}

/** The same beside what is live now, which may have changed meanwhile: then the way back is proven once more. */
const proveAgain = async (
  context: JobContext,
  client: Client,
  tried: Tried,
  found: readonly DatabaseRecord[],
  turn: number,
) => {
  const coming = comingOf(tried.proven, found)
  const isSame = isDeepStrictEqual(liveOf(tried.databases), liveOf(found))
  const { databases, doubts } = isSame
    ? { databases: withWanted(found, coming), doubts: tried.doubtsOfWayBack }
    : await provenToSwap(context, client, found, coming, turn)
  return { coming, databases, doubts: [...doubtsOf(coming), ...doubts] }
}

const liveOf = (databases: readonly DatabaseRecord[]) =>
  databases.map(({ live }) => live && { tables: live.tables, objects: live.objects })

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
