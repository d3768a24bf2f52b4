import { removeTrees } from '../directories/remove.ts'
import { asidePath, type DirectoryTarget, keptPath, restoredPath } from '../directories/targets.ts'
import { exitCodes, UserError } from '../errors.ts'
import { loadAside } from '../mysql/aside.ts'
import type { Client } from '../mysql/client.ts'
import { dropForeignKeys, strayForeignKeys } from '../mysql/foreign-keys.ts'
import { type Inventory, type ListedDatabase, takeInventory } from '../mysql/inventory.ts'
import { asideName, previousName } from '../mysql/names.ts'
import { openRestic, type Restic } from '../restic/restic.ts'
import { restore as resticRestore } from '../restic/restore.ts'
import { findInstallation, type Installation } from '../seatable/installation.ts'
import { runningWriters } from '../seatable/writers.ts'
import { bringLive } from './bring-live.ts'
import { type Choice, type Chosen, chooseSnapshot } from './choose-snapshot.ts'
import { type FetchedDump, fetchDumps } from './fetch-dumps.ts'
import { removeScratch } from './finish-swap.ts'
import type { JobContext } from './job-context.ts'
import { type Journal, removeJournal, scratchJournal, writeJournal } from './journal.ts'
import { asRecord, liveSide, tableNames } from './live-side.ts'
import { openDatabase } from './open-database.ts'
import { dropPreviousData, type Kept, keptOf, type Previous, readPrevious } from './previous.ts'
import {
  planDirectories,
  type RestorePlan,
  refuseSmallPacket,
  type SelectedParts,
  type Selection,
  selectParts,
} from './restore-plan.ts'
import { withLock } from './with-lock.ts'
import { controlsOf } from './writer-controls.ts'

export interface RestoreRequest {
  readonly choice: Choice
  readonly selection: Selection
  /** Drops the data that an earlier restore replaced, which otherwise stands in the way. */
  readonly dropPrevious: boolean
  /** Asked once, with the plan, before anything is touched; false ends the restore. */
  readonly confirm: (plan: RestorePlan) => Promise<boolean>
}

/** What a restore has done. */
export interface RestoreOutcome {
  readonly snapshot: string
  readonly instant: string
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly rows: number }[]
  readonly dataPaths: readonly string[]
  readonly strategy: 'aside'
  /** From the last writer stopped to the first start issued; 0 when SeaTable was not running. */
  readonly downtimeSeconds: number
  readonly durationSeconds: number
  /** What was live before, and is kept until it is dropped; null when there was nothing. */
  readonly previous: Kept | null
  readonly warnings: readonly string[]
}

/** Everything known before the first change. */
interface Prepared {
  readonly restic: Restic
  readonly client: Client
  readonly installation: Installation
  readonly chosen: Chosen
  readonly parts: SelectedParts
  readonly targets: readonly DirectoryTarget[]
  readonly inventory: Inventory
  readonly previous: Previous | null
  readonly plan: RestorePlan
}

/** The plan alone: nothing is touched. */
export const planRestore = async (context: JobContext, request: RestoreRequest): Promise<RestorePlan> =>
  (await prepare(context, request)).plan

/** Brings a snapshot back: everything is loaded and proven beside the live data, which is then swapped. */
export const restore = (context: JobContext, request: RestoreRequest): Promise<RestoreOutcome> =>
  withLock(context, 'restore', async () => {
    const { config, now, signal } = context
    const prepared = await prepare(context, request)
    if (!(await request.confirm(prepared.plan))) {
      throw new UserError('Nothing was restored: it was not confirmed', 'Answer yes, or give --yes.', exitCodes.usage)
    }
    const began = now()
    await clearTheWay(context, request, prepared)
    const { client, chosen, targets } = prepared
    const begun = scratchJournal('restore', chosen.snapshot.id, began, {
      databases: prepared.parts.databases.map(({ name }) => asideName(name)),
      directories: [...new Set(targets.map(asidePath))],
    })
    await writeJournal(config.stateDir, begun)
    let dumps: FetchedDump[]
    let journal: Journal
    try {
      dumps = await fetchDumps(prepared.restic, chosen, prepared.parts.databases, context)
      await loadDatabases(context, client, dumps)
      await restoreDirectories(context, prepared)
      journal = await readyToSwap(context, prepared, begun, dumps, client)
      signal.throwIfAborted()
    } catch (error) {
      await cleanUp(context, client, begun)
      throw error
    }
    const sources = new Map(dumps.map(({ name, path, objectsOffset }) => [name, { path, offset: objectsOffset }]))
    const downtimeSeconds = await bringLive(context, client, journal, sources)
    return {
      ...outcomeOf(chosen, dumps, targets, journal.previous),
      downtimeSeconds,
      durationSeconds: (now().getTime() - began.getTime()) / 1000,
    }
  })

const prepare = async (context: JobContext, { choice, selection }: RestoreRequest): Promise<Prepared> => {
  const { config, report, signal } = context
  report({ type: 'step', title: 'Looking for the snapshot' })
  const restic = await openRestic(config.environment.restic, { signal })
  const chosen = await chooseSnapshot(restic, choice, context)
  const { manifest } = chosen
  const parts = selectParts(manifest, selection)

  report({ type: 'step', title: 'Looking at what is live' })
  const installation = await findInstallation(config, signal)
  const client = await openDatabase(installation, context)
  const names = parts.databases.map(({ name }) => name)
  const inventory = await takeInventory(client, names, signal)
  refuseSmallPacket(parts.databases, inventory)
  const dataDir = installation.dataDir ?? manifest.dataDir
  const { targets, kept } = await planDirectories(parts.directories, dataDir, selection.directories)
  warnOfBrokenViews(inventory, context)
  const plan: RestorePlan = {
    snapshot: chosen.snapshot.id,
    instant: manifest.instant,
    databases: parts.databases.map(({ name, tables, rows, bytes }) => ({
      name,
      tables: tables.length,
      rows,
      bytes,
      exists: inventory.databases.some((database) => database.name === name),
    })),
    directories: targets.map(({ name, live, exists }) => ({ name, live, exists })),
    kept,
    server: { saved: manifest.server.version, now: inventory.serverVersion },
    stops: runningWriters(installation, controlsOf(config)).map(({ name }) => name),
  }
  const previous = await readPrevious(config.stateDir)
  return { restic, client, installation, chosen, parts, targets, inventory, previous, plan }
}

const warnOfBrokenViews = ({ databases }: Inventory, { report }: JobContext): void => {
  for (const { name, brokenViews } of databases) {
    if (brokenViews.length === 0) continue
    const message = `${name}: live views whose tables are gone cannot be kept for a rollback: ${brokenViews.join(', ')}`
    report({ type: 'warning', message })
  }
}

/** Previous data of an earlier restore is somebody's way back: it goes only when that is asked for. */
const clearTheWay = async (
  { config, report }: JobContext,
  { dropPrevious }: RestoreRequest,
  { previous, client }: Prepared,
): Promise<void> => {
  if (previous === null) return
  if (!dropPrevious) {
    throw new UserError(
      `The data that the restore of ${previous.replacedAt} replaced is still kept`,
      'Drop it first: seatable-restic drop-previous, or give --drop-previous.',
    )
  }
  report({ type: 'step', title: 'Dropping the previous data' })
  await dropPreviousData(config, previous, client)
}

const loadDatabases = async (
  { report, signal }: JobContext,
  client: Client,
  dumps: readonly FetchedDump[],
): Promise<void> => {
  if (dumps.length === 0) return
  report({ type: 'step', title: 'Loading the databases aside' })
  const total = dumps.reduce((sum, { objectsOffset }) => sum + objectsOffset, 0)
  const aside = dumps.map((dump) => ({ ...dump, into: asideName(dump.name) }))
  await loadAside(client, aside, {
    signal,
    onProgress: (done) => report({ type: 'progress', unit: 'bytes', done, total }),
  })
}

/** One call of restic for all directories that wait in the same place. */
const restoreDirectories = async (
  { config, report, signal }: JobContext,
  { restic, chosen, targets }: Prepared,
): Promise<void> => {
  if (targets.length === 0) return
  report({ type: 'step', title: 'Restoring the directories aside' })
  const places = [...new Set(targets.map(asidePath))]
  await removeTrees(places, config.environment.tools)
  for (const aside of places) {
    const includes = targets.filter((target) => asidePath(target) === aside).map(({ saved }) => saved)
    await resticRestore(
      restic,
      { snapshotId: chosen.snapshot.id, target: aside, includes, verify: true },
      { signal, onProgress: ({ percent }) => report({ type: 'progress', unit: 'percent', done: percent }) },
    )
  }
}

/** Everything aside is proven: what will be swapped, and what is kept of it, is written down before the first step. */
const readyToSwap = async (
  { config, now }: JobContext,
  { installation, targets }: Prepared,
  begun: Journal,
  dumps: readonly FetchedDump[],
  client: Client,
): Promise<Journal> => {
  const databases = await databaseSwaps(client, dumps)
  return {
    ...begun,
    databases,
    directories: targets.map((target) => ({
      name: target.name,
      live: target.live,
      exists: target.exists,
      by: target.by,
      incoming: restoredPath(target),
      outgoing: keptPath(target),
    })),
    writers: runningWriters(installation, controlsOf(config)).map((writer) => ({ ...writer })),
    previous: previousOf(begun.snapshot, now(), databases, targets),
  }
}

const databaseSwaps = async (client: Client, dumps: readonly FetchedDump[]): Promise<Journal['databases']> => {
  const names = dumps.map(({ name }) => name)
  const { databases } = await takeInventory(client, [...names, ...names.map(asideName)])
  const find = (name: string): ListedDatabase | null => databases.find((database) => database.name === name) ?? null
  const swaps: Journal['databases'] = []
  for (const { name, characterSet, collation } of dumps) {
    const database = asideName(name)
    const tables = tableNames(find(database))
    const foreignKeys = (await strayForeignKeys(client, database, tables)).map(asRecord)
    await dropForeignKeys(client, database, foreignKeys)
    swaps.push({
      name,
      live: await liveSide(client, find(name)),
      incoming: { database, characterSet, collation, tables, foreignKeys, home: database },
      outgoing: previousName(name),
    })
  }
  return swaps
}

const previousOf = (
  snapshot: string,
  at: Date,
  databases: Journal['databases'],
  targets: readonly DirectoryTarget[],
): Previous => ({
  snapshot,
  replacedAt: at.toISOString(),
  databases: databases.map(({ name, live, incoming }) => ({
    name,
    existed: live !== null,
    characterSet: (live ?? incoming)?.characterSet ?? '',
    collation: (live ?? incoming)?.collation ?? '',
    objects: live?.objects ?? [],
    foreignKeys: live?.foreignKeys ?? [],
  })),
  directories: targets.map((target) => ({
    name: target.name,
    live: target.live,
    existed: target.exists,
    by: target.by,
    beside: target.beside,
    kept: keptPath(target),
  })),
})

const outcomeOf = (
  { snapshot, manifest }: Chosen,
  dumps: readonly FetchedDump[],
  targets: readonly DirectoryTarget[],
  previous: Previous | null,
) => ({
  snapshot: snapshot.id,
  instant: manifest.instant,
  databases: dumps.map(({ name, tables, rows }) => ({ name, tables: tables.length, rows })),
  dataPaths: targets.map(({ live }) => live),
  strategy: 'aside' as const,
  previous: previous === null ? null : keptOf(previous),
  warnings: manifest.warnings,
})

/** Before the swap a failure changes nothing live: only what lies aside is removed. */
const cleanUp = async (context: JobContext, client: Client, journal: Journal): Promise<void> => {
  try {
    await removeScratch(context, client, journal)
    await removeJournal(context.config.stateDir)
  } catch (error) {
    const message = `Not everything could be cleaned up yet; the next command does it: ${(error as Error).message}`
    context.report({ type: 'warning', message })
  }
}
