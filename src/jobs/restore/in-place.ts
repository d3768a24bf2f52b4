import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { flushToDisk } from '../../directories/flush.ts'
import { emptyDirectory, moveEntriesInto } from '../../directories/in-place.ts'
import { removeTrees } from '../../directories/remove.ts'
import { asidePath, type DirectoryTarget, restoredPath } from '../../directories/targets.ts'
import { exitCodes, UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { isSame, type SavedObject } from '../../mysql/objects/objects.ts'
import { refuseSeveral } from '../../mysql/objects/refuse-several.ts'
import { makeObjects } from '../../mysql/objects/replace.ts'
import { grantsOnRoutines } from '../../mysql/objects/routine-grants.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import { dropReplaced } from '../../mysql/swap/swap.ts'
import { asideName } from '../../mysql/working-names.ts'
import { restore as resticRestore } from '../../restic/restore.ts'
import { isDirectory } from '../../seatable/find/data-directory.ts'
import { placeOf } from '../../seatable/sources.ts'
import { asTheyAreNow } from '../../seatable/writers.ts'
import { shortId } from '../../short-id.ts'
import { landingPath } from '../../staging/area.ts'
import { takeSnapshot } from '../backup/take-snapshot.ts'
import { saveBigDataForSafety } from '../big-data/save.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { howReplacedDiffer } from '../proof/prove-copies.ts'
import { chooseSnapshot } from '../snapshots/choose.ts'
import { type FetchedDump, fetchDumps } from '../snapshots/fetch-dumps.ts'
import { safetyTag } from '../snapshots/health.ts'
import { loadDatabases } from '../snapshots/load-databases.ts'
import { freeTurn } from '../state/free-turn.ts'
import {
  type InPlaceJournal,
  type ScratchJournal,
  type SwapJournal,
  scratchJournal,
  swapJournal,
  wayBackHint,
  writeJournal,
} from '../state/journal.ts'
import { dropPreviousData } from '../state/previous.ts'
import { type ComingObjects, missingAfterwards } from '../swap/coming-objects.ts'
import { cleanUp, type FinishedSwap, finishSwap } from '../swap/finish.ts'
import { controlsOf, type Interrupted, startSeaTable, stopSeaTable, writersToStop } from '../swap/writers.ts'
import type { Restored } from './aside.ts'
import { refuseNoSavedDirectory } from './directories.ts'
import type { PreparedSnapshot } from './prepare.ts'
import { proveByParts } from './prove-by-parts.ts'

/**
 * Replaces what is live, for when there is no room beside it: the dumps are fetched and proven, the writers stopped, a
 * safety snapshot of the current state is taken, and then the replacement begins. What fails from there on leaves
 * SeaTable stopped, and says from which snapshot it comes back.
 */
export const restoreInPlace = async (
  context: JobContext,
  prepared: PreparedSnapshot,
  interrupted: Interrupted | null,
): Promise<Restored & { readonly safetySnapshot: string | null }> => {
  const { config, now, report } = context
  const { client, snapshot, installation } = prepared
  const turn = await freeTurn(config.stateDir)
  const scratch = {
    databases: [...new Set([...installation.databaseNames, ...prepared.parts.databases.map(({ name }) => name)])].map(
      (name) => asideName(name, turn),
    ),
    directories: [...new Set(prepared.targets.map(asidePath))],
  }
  const replacing = {
    databases: prepared.parts.databases.map(({ name }) => name),
    directories: prepared.targets.map(({ live }) => live),
  }
  if (interrupted !== null) refuseLess(replacing, interrupted)
  const begun = scratchJournal('restore', snapshot, now(), scratch)
  const inPlace = (phase: InPlaceJournal['phase'], found: Pick<InPlaceJournal, 'writers' | 'safetySnapshot'>) =>
    ({ ...begun, phase, replacing, writers: found.writers, safetySnapshot: found.safetySnapshot }) as const
  // What an interrupted restore has left in pieces is so until this one is done, whatever happens to it.
  let journal: ScratchJournal | InPlaceJournal =
    interrupted === null
      ? begun
      : inPlace('in-place', { ...interrupted, writers: writersToStop(installation, config, interrupted) })
  let inPieces: InPlaceJournal
  await writeJournal(config.stateDir, journal)
  let dumps: FetchedDump[]
  let coming: ComingObjects
  let stopped: Date
  try {
    await refuseNoSavedDirectory(prepared.restic, snapshot, prepared.targets, context.signal)
    dumps = await fetchDumps(prepared.restic, snapshot, prepared.parts.databases, context)
    await refuseSeveral(client, dumps)
    coming = await proveByParts(context, client, dumps, turn)
    if (interrupted === null) await saveBigDataForSafety(context, installation)
    const writers = await step(report, 'Stopping SeaTable', async () => {
      const writers = writersToStop(await asTheyAreNow(installation, controlsOf(config)), config, interrupted)
      const stopping: InPlaceJournal =
        interrupted === null
          ? inPlace('stopped', { writers, safetySnapshot: null })
          : inPlace('in-place', { ...interrupted, writers })
      journal = stopping
      await writeJournal(config.stateDir, stopping)
      await stopSeaTable(context, stopping)
      return writers
    })
    stopped = now()
    // After an interruption what is live is in pieces: the snapshot taken before them is the one to go back to.
    const safetySnapshot =
      interrupted === null ? await takeProvenSnapshot(context, prepared, turn) : interrupted.safetySnapshot
    if (interrupted === null) journal = inPlace('stopped', { writers, safetySnapshot })
    inPieces = inPlace('in-place', { writers, safetySnapshot })
    await writeJournal(config.stateDir, inPieces)
    journal = inPieces
  } catch (error) {
    if (journal.phase === 'in-place') throw error
    // The write of `in-place` may have reached the disk although it failed.
    await writeJournal(config.stateDir, journal).catch(() => {})
    if (journal.phase === 'stopped') await startSeaTable(context, journal)
    await cleanUp(context, client, journal)
    throw error
  }
  const { writers, safetySnapshot } = inPieces
  let leftOut: string[]
  try {
    if (prepared.previous !== null) await dropPreviousData(context, prepared.previous, client)
    leftOut =
      dumps.length === 0
        ? []
        : await step(report, 'Replacing the databases', () => replaceDatabases(context, prepared, dumps, coming))
    await replaceDirectories(context, prepared)
    await flushToDisk([config.stateDir, ...replacing.directories], config.environment.tools)
  } catch (error) {
    throw stoppedInPieces(error as Error, snapshot, safetySnapshot)
  }
  const replaced = swapJournal(begun, { phase: 'swapped', writers })
  const { started } = await finish(context, client, replaced, safetySnapshot)
  const downtimeSeconds = writers.length === 0 ? 0 : (started.getTime() - stopped.getTime()) / 1000
  return { downtimeSeconds, leftOut, previous: null, safetySnapshot, bigData: null }
}

/** What an interrupted restore in place has left in pieces must all be replaced, or SeaTable would start on pieces. */
const refuseLess = (replacing: NonNullable<InPlaceJournal['replacing']>, { replacing: before }: Interrupted): void => {
  const missing = [
    ...(before?.databases ?? []).filter((name) => !replacing.databases.includes(name)),
    ...(before?.directories ?? []).filter((live) => !replacing.directories.includes(live)),
  ]
  if (missing.length === 0) return
  throw new UserError({
    message: `An interrupted restore in place has left ${missing.join(', ')} in pieces, and this restore would not replace it`,
    hint: 'Restore at least what that restore was to replace; without --database and --directory it is everything.',
    exitCode: exitCodes.usage,
  })
}

/**
 * A snapshot of all that is replaced and of all that is configured, as far as it is still there; null when nothing is.
 * After a disaster that may be less than usual.
 */
const takeSafetySnapshot = async (
  context: JobContext,
  { client, installation, manifest, parts, targets }: PreparedSnapshot,
): Promise<string | null> => {
  const { config } = context
  const wanted = [...new Set([...installation.databaseNames, ...parts.databases.map(({ name }) => name)])]
  const { databases } = await takeInventory(client, wanted)
  const dataDir = installation.dataDir ?? manifest.dataDir
  const names: string[] = []
  for (const name of new Set([...config.dataPaths, ...targets.map((target) => target.name)])) {
    if (await isDirectory(placeOf(installation, dataDir, name))) names.push(name)
  }
  if (databases.length === 0 && names.length === 0) return null
  // SeaTable is stopped: it has been asked before.
  const left = {
    ...config,
    dataDir,
    databases: databases.map(({ name }) => name),
    dataPaths: names,
    bigData: 'off' as const,
  }
  const { snapshot, incomplete, unrestorable } = await takeSnapshot({ ...context, config: left }, [safetyTag])
  const problems = [...incomplete, ...unrestorable]
  if (problems.length === 0) return snapshot
  throw new UserError({
    message: `The safety snapshot ${shortId(snapshot)} of what is live is no way back: ${problems.slice(0, 3).join('; ')}`,
    hint: 'Nothing was replaced. Fix what is named here, then run again.',
  })
}

const takeProvenSnapshot = async (
  context: JobContext,
  prepared: PreparedSnapshot,
  turn: number,
): Promise<string | null> => {
  const safetySnapshot = await takeSafetySnapshot(context, prepared)
  if (safetySnapshot !== null) await proveSafety(context, prepared, safetySnapshot, turn)
  return safetySnapshot
}

/** Its dumps are fetched and tried as those of the restore were: it is the only way back. */
const proveSafety = async (
  context: JobContext,
  { client, restic }: PreparedSnapshot,
  snapshot: string,
  turn: number,
): Promise<void> => {
  const folder = join(landingPath(context.config.stateDir, turn), 'safety')
  try {
    await step(context.report, 'Trying the safety snapshot', async () => {
      const { manifest } = await chooseSnapshot(restic, { id: snapshot }, context)
      const dumps = await fetchDumps(restic, snapshot, manifest.databases, context, folder)
      await refuseSeveral(client, dumps)
      await proveByParts(context, client, dumps, turn)
    })
  } catch (error) {
    throw new UserError({
      message: `The safety snapshot ${shortId(snapshot)} of what is live is no way back: ${(error as Error).message}`,
      hint: `Nothing was replaced. ${error instanceof UserError ? error.hint : ''}`.trim(),
      cause: error,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const finish = async (
  context: JobContext,
  client: Client,
  journal: SwapJournal,
  safetySnapshot: string | null,
): Promise<FinishedSwap> => {
  try {
    await writeJournal(context.config.stateDir, journal)
    return await finishSwap(context, client, journal)
  } catch (error) {
    throw notFinished(error as Error, safetySnapshot)
  }
}

const notFinished = (error: Error, safetySnapshot: string | null): UserError =>
  new UserError({
    message: `Everything is replaced, but what follows it failed: ${error.message}`,
    hint: `Fix what is named here, then run any command: it finishes the restore, or says how to.${wayBackHint(safetySnapshot)}`,
    cause: error,
  })

const stoppedInPieces = (error: Error, snapshot: string, safetySnapshot: string | null): UserError =>
  new UserError({
    message: `The restore in place failed half way, and SeaTable stays stopped: ${error.message}`,
    hint: `Fix what is named here and run again: seatable-restic restore ${shortId(snapshot)} --in-place --yes.${wayBackHint(safetySnapshot)}`,
    cause: error,
  })

const replaceDatabases = async (
  { report }: JobContext,
  { client, manifest }: PreparedSnapshot,
  dumps: readonly FetchedDump[],
  coming: ComingObjects,
): Promise<string[]> => {
  await dropReplaced(
    client,
    dumps.map(({ name }) => name),
  )
  const wanted = await withGrants(client, coming)
  // Not interruptible: the way on is shorter than the way back.
  await loadDatabases(
    { report },
    client,
    dumps.map((dump) => ({ ...dump, into: dump.name })),
  )
  const different = await howReplacedDiffer(client, dumps, manifest.server.version)
  const changes = dumps.map(({ name }) => ({ database: name, live: [], wanted: wanted.get(name) ?? [] }))
  const leftOut = [...different, ...(await makeObjects(client, coming, changes))]
  leftOut.push(...(await missingAfterwards(client, coming, leftOut)))
  for (const message of leftOut) report({ type: 'warning', message })
  return leftOut
}

/** What is granted on a routine is no part of a dump: it is given again when its database was replaced. */
const withGrants = async (client: Client, { wanted }: ComingObjects): Promise<ComingObjects['wanted']> => {
  const found = new Map<string, readonly SavedObject[]>()
  for (const [database, objects] of wanted) {
    const granted = await grantsOnRoutines(client, database)
    const grantsOf = (object: SavedObject) =>
      granted.filter((grant) => isSame(grant, object)).map(({ statement }) => statement)
    found.set(
      database,
      objects.map((object) => ({ ...object, grants: grantsOf(object) })),
    )
  }
  return found
}

const replaceDirectories = async (context: JobContext, prepared: PreparedSnapshot): Promise<void> => {
  for (const target of prepared.targets) {
    await step(context.report, `Replacing ${target.live}`, () => replaceDirectory(context, prepared, target))
  }
}

const replaceDirectory = async (
  { config, report }: JobContext,
  { restic, snapshot }: PreparedSnapshot,
  target: DirectoryTarget,
): Promise<void> => {
  const aside = asidePath(target)
  await removeTrees([aside], config.environment.tools)
  if (target.by === 'entries') await emptyDirectory(target.live, aside, config.environment.tools)
  else await removeTrees([target.live], config.environment.tools)
  await resticRestore(
    restic,
    { snapshotId: snapshot, target: aside, includes: [target.saved], verify: true },
    { onProgress: ({ percent }) => report({ type: 'progress', unit: 'percent', done: percent }) },
  )
  if (target.by === 'entries') {
    await moveEntriesInto(restoredPath(target), target.live)
  } else {
    await mkdir(dirname(target.live), { recursive: true })
    await rename(restoredPath(target), target.live)
  }
}
