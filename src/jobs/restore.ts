import { removeAside } from '../directories/swap.ts'
import type { DirectoryTarget } from '../directories/targets.ts'
import { exitCodes, UserError } from '../errors.ts'
import { dropAside, loadAside } from '../mysql/aside.ts'
import type { Client } from '../mysql/client.ts'
import { type Inventory, type ListedDatabase, takeInventory } from '../mysql/inventory.ts'
import { asideName } from '../mysql/names.ts'
import { readObjects } from '../mysql/objects.ts'
import type { DatabaseSwap } from '../mysql/swap.ts'
import { openRestic, type Restic } from '../restic/restic.ts'
import { restore as resticRestore } from '../restic/restore.ts'
import { findInstallation, type Installation } from '../seatable/installation.ts'
import { landingPath, sweep } from '../staging/area.ts'
import { bringLive, NotTakenBack, type Ready } from './bring-live.ts'
import { type Choice, type Chosen, chooseSnapshot } from './choose-snapshot.ts'
import { type FetchedDump, fetchDumps } from './fetch-dumps.ts'
import type { JobContext } from './job-context.ts'
import { openDatabase } from './open-database.ts'
import { dropPreviousData, forgetUnused, type Previous, readPrevious, recordPrevious } from './previous.ts'
import {
  planDirectories,
  type RestorePlan,
  refuseSmallPacket,
  type SelectedParts,
  type Selection,
  selectParts,
} from './restore-plan.ts'
import { withLock } from './with-lock.ts'

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
  readonly previous: Previous | null
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
    const { config, report, now, signal } = context
    const prepared = await prepare(context, request)
    if (!(await request.confirm(prepared.plan))) {
      throw new UserError('Nothing was restored: it was not confirmed', 'Answer yes, or give --yes.', exitCodes.usage)
    }
    const began = now()
    await clearTheWay(context, request, prepared)
    const { client, installation, chosen, targets } = prepared
    const names = prepared.parts.databases.map(({ name }) => name)
    try {
      const dumps = await fetchDumps(prepared.restic, chosen, prepared.parts.databases, context)
      await loadDatabases(context, client, dumps)
      await restoreDirectories(context, prepared)
      const swaps = await describeSwaps(client, dumps)
      signal.throwIfAborted()
      await recordPrevious(config.stateDir, chosen.snapshot.id, now(), replacedNames(swaps), replaced(targets))
      const downtimeSeconds = await bringLiveOrForget(context, { swaps, dumps, targets }, client, installation)
      report({ type: 'step', title: 'Cleaning up' })
      return {
        ...outcomeOf(chosen, dumps, targets, await readPrevious(config.stateDir)),
        downtimeSeconds,
        durationSeconds: (now().getTime() - began.getTime()) / 1000,
      }
    } finally {
      await cleanUp(context, client, names, targets)
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
    stops: installation.server?.container.running ? installation.server.container.name : null,
  }
  const previous = await readPrevious(config.stateDir)
  return { restic, client, installation, chosen, parts, targets, inventory, previous, plan }
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
  await loadAside(client, dumps, {
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
  await removeAside(targets, config.environment.tools)
  for (const aside of new Set(targets.map((target) => target.aside))) {
    const includes = targets.filter((target) => target.aside === aside).map(({ saved }) => saved)
    await resticRestore(
      restic,
      { snapshotId: chosen.snapshot.id, target: aside, includes, verify: true },
      { signal, onProgress: ({ percent }) => report({ type: 'progress', unit: 'percent', done: percent }) },
    )
  }
}

/** A swap that was taken back leaves no previous data; one that could not be taken back leaves its record. */
const bringLiveOrForget = async (
  context: JobContext,
  ready: Ready,
  client: Client,
  installation: Installation,
): Promise<number> => {
  try {
    return await bringLive(ready, client, installation, context)
  } catch (error) {
    const { stateDir } = context.config
    const previous = error instanceof NotTakenBack ? null : await readPrevious(stateDir)
    if (previous !== null) await forgetUnused(stateDir, previous, client)
    throw error
  }
}

const describeSwaps = async (client: Client, dumps: readonly FetchedDump[]): Promise<DatabaseSwap[]> => {
  const names = dumps.map(({ name }) => name)
  const { databases } = await takeInventory(client, [...names, ...names.map(asideName)])
  const find = (name: string): ListedDatabase | null => databases.find((database) => database.name === name) ?? null
  const swaps: DatabaseSwap[] = []
  for (const { name, characterSet, collation } of dumps) {
    const live = find(name)
    swaps.push({
      name,
      live,
      liveObjects: live === null ? [] : await readObjects(client, live),
      aside: find(asideName(name))?.tables.map((table) => table.name) ?? [],
      characterSet,
      collation,
    })
  }
  return swaps
}

const replacedNames = (swaps: readonly DatabaseSwap[]): string[] =>
  swaps.filter(({ live }) => live !== null).map(({ name }) => name)

const replaced = (targets: readonly DirectoryTarget[]): DirectoryTarget[] => targets.filter(({ exists }) => exists)

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
  previous,
  warnings: manifest.warnings,
})

/** Whatever happened: no plaintext dump stays, nothing stays aside. */
const cleanUp = async (
  { config, report }: JobContext,
  client: Client,
  names: readonly string[],
  targets: readonly DirectoryTarget[],
): Promise<void> => {
  const works = [
    () => sweep(landingPath(config.stateDir)),
    () => removeAside(targets, config.environment.tools),
    ...(names.length === 0 ? [] : [() => dropAside(client, names)]),
  ]
  for (const work of works) {
    await work().catch((error: Error) =>
      report({ type: 'warning', message: `Something could not be cleaned up: ${error.message}` }),
    )
  }
}
