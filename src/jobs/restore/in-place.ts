import { flushToDisk } from '../../directories/flush.ts'
import { asidePath } from '../../directories/targets.ts'
import { exitCodes, UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { refuseSeveral } from '../../mysql/objects/refuse-several.ts'
import { asideName } from '../../mysql/working-names.ts'
import { asTheyAreNow } from '../../seatable/writers.ts'
import { shortId } from '../../short-id.ts'
import { saveBigDataForSafety } from '../big-data/save.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { askOnce, doubtsOf, type MayStayUnproven } from '../proof/doubts.ts'
import { type FetchedDump, fetchDumps } from '../snapshots/fetch-dumps.ts'
import { dropPreviousData } from '../state/drop-previous-data.ts'
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
import type { ComingObjects } from '../swap/coming-objects.ts'
import { cleanUp, type FinishedSwap, finishSwap } from '../swap/finish.ts'
import { controlsOf, type Interrupted, startSeaTable, stopSeaTable, writersToStop } from '../swap/writers.ts'
import type { Restored } from './aside.ts'
import { refuseNoSavedDirectory } from './directories.ts'
import type { PreparedSnapshot } from './prepare.ts'
import { proveDefinitions, proveRowsByParts } from './prove-by-parts.ts'
import { rehearseSafety } from './rehearse-safety.ts'
import { replaceDatabases, replaceDirectories } from './replace-in-place.ts'
import { takeProvenSnapshot } from './safety-snapshot.ts'

/** What is restored, and who is asked about what only its own place can prove. */
export interface InPlaceRestore extends PreparedSnapshot {
  readonly mayStayUnproven: MayStayUnproven
}

/** What replaces what is live. */
interface Proven {
  readonly dumps: readonly FetchedDump[]
  readonly coming: ComingObjects
}

/**
 * Replaces what is live, for when there is no room beside it: the dumps are fetched and proven, the writers stopped, a
 * safety snapshot of the current state is taken, and then the replacement begins. What fails from there on leaves
 * SeaTable stopped, and says from which snapshot it comes back. Null when what cannot be proven was not agreed to.
 */
export const restoreInPlace = async (
  context: JobContext,
  prepared: InPlaceRestore,
  interrupted: Interrupted | null,
): Promise<(Restored & { readonly safetySnapshot: string | null }) | null> => {
  const { config, now, report } = context
  const { client, snapshot, installation } = prepared
  const turn = await freeTurn(config.stateDir)
  const replacing = replacingOf(prepared)
  if (interrupted !== null) refuseLess(replacing, interrupted)
  const begun = scratchJournal('restore', snapshot, now(), scratchOf(prepared, turn))
  const inPlace = (phase: InPlaceJournal['phase'], found: Pick<InPlaceJournal, 'writers' | 'safetySnapshot'>) =>
    ({ ...begun, phase, replacing, writers: found.writers, safetySnapshot: found.safetySnapshot }) as const
  // What an interrupted restore has left in pieces is so until this one is done, whatever happens to it.
  let journal: ScratchJournal | InPlaceJournal =
    interrupted === null
      ? begun
      : inPlace('in-place', { ...interrupted, writers: writersToStop(installation, config, interrupted) })
  let inPieces: InPlaceJournal
  await writeJournal(config.stateDir, journal)
  let proven: Proven | null
  let stopped: Date
  try {
    proven = await proveBeforeStop(context, prepared, interrupted, turn)
    if (proven === null) {
      if (journal.phase !== 'in-place') await cleanUp(context, client, journal)
      return null
    }
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
  const leftOut = await replaceLive(context, prepared, proven, safetySnapshot)
  const replaced = swapJournal(begun, { phase: 'swapped', writers })
  const { started } = await finish(context, client, replaced, safetySnapshot)
  const downtimeSeconds = writers.length === 0 ? 0 : (started.getTime() - stopped.getTime()) / 1000
  return { downtimeSeconds, leftOut, previous: null, safetySnapshot, bigData: null }
}

/** Fetches what comes, and tries it, and what will be the way back. Null when what cannot be proven was not agreed to. */
const proveBeforeStop = async (
  context: JobContext,
  prepared: InPlaceRestore,
  interrupted: Interrupted | null,
  turn: number,
): Promise<Proven | null> => {
  const { client, restic, snapshot, targets, parts } = prepared
  await refuseNoSavedDirectory(restic, snapshot, targets, context.signal)
  const dumps = await fetchDumps(restic, snapshot, parts.databases, context)
  await refuseSeveral(client, dumps)
  const coming = await proveDefinitions(context, client, dumps, turn)
  // After an interruption no other safety snapshot is taken.
  const ofLive = interrupted === null ? await rehearseSafety(context, prepared, turn) : []
  const mayGoOn = askOnce(context, prepared.mayStayUnproven)
  if (!(await mayGoOn([...doubtsOf(coming), ...ofLive]))) return null
  await proveRowsByParts(context, client, dumps, turn)
  return { dumps, coming }
}

/** Where what comes is tried before SeaTable is stopped. */
const scratchOf = ({ installation, parts, targets }: PreparedSnapshot, turn: number) => ({
  databases: [...new Set([...installation.databaseNames, ...parts.databases.map(({ name }) => name)])].map((name) =>
    asideName(name, turn),
  ),
  directories: [...new Set(targets.map(asidePath))],
})

const replacingOf = ({ parts, targets }: PreparedSnapshot) => ({
  databases: parts.databases.map(({ name }) => name),
  directories: targets.map(({ live }) => live),
})

/** From here on nothing is taken back: what fails leaves what is live in pieces. */
const replaceLive = async (
  context: JobContext,
  prepared: PreparedSnapshot,
  { dumps, coming }: Proven,
  safetySnapshot: string | null,
): Promise<string[]> => {
  const { config, report } = context
  try {
    if (prepared.previous !== null) await dropPreviousData(context, prepared.previous, prepared.client)
    const leftOut =
      dumps.length === 0
        ? []
        : await step(report, 'Replacing the databases', () => replaceDatabases(context, prepared, dumps, coming))
    await replaceDirectories(context, prepared)
    await flushToDisk([config.stateDir, ...replacingOf(prepared).directories], config.environment.tools)
    return leftOut
  } catch (error) {
    throw stoppedInPieces(error as Error, prepared.snapshot, safetySnapshot)
  }
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
