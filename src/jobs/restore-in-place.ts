import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { emptyDirectory, moveEntriesInto } from '../directories/in-place.ts'
import { removeTrees } from '../directories/remove.ts'
import { asidePath, restoredPath } from '../directories/targets.ts'
import { UserError } from '../errors.ts'
import { loadAside } from '../mysql/aside.ts'
import { takeInventory } from '../mysql/inventory.ts'
import { createObjects } from '../mysql/swap.ts'
import { restore as resticRestore } from '../restic/restore.ts'
import { isDirectory } from '../seatable/installation.ts'
import { startWriters, stopWriters } from '../seatable/writers.ts'
import { takeSnapshot } from './backup.ts'
import { type FetchedDump, fetchDumps } from './fetch-dumps.ts'
import { finishSwap, removeScratch } from './finish-swap.ts'
import type { JobContext } from './job-context.ts'
import { type Journal, removeJournal, scratchJournal, writeJournal } from './journal.ts'
import type { Prepared } from './prepare-restore.ts'
import { dropPreviousData } from './previous.ts'
import type { Restored } from './restore-aside.ts'
import { controlsOf } from './writer-controls.ts'
import { type Interrupted, writersToStop } from './writers-to-stop.ts'

/**
 * Replaces what is live, for when there is no room beside it: the dumps are fetched and proven, the writers stopped, a
 * safety snapshot of the current state is taken, and then the replacement begins. What fails from there on leaves
 * SeaTable stopped, and says from which snapshot it comes back.
 */
export const restoreInPlace = async (
  context: JobContext,
  prepared: Prepared,
  interrupted: Interrupted | null,
): Promise<Restored & { readonly safetySnapshot: string | null }> => {
  const { config, now, report } = context
  const { client, chosen, installation } = prepared
  if (prepared.previous !== null) await dropPreviousData(config, prepared.previous, client)
  const scratch = { directories: [...new Set(prepared.targets.map(asidePath))] }
  let journal: Journal = {
    ...scratchJournal('restore', chosen.snapshot.id, now(), scratch),
    writers: writersToStop(installation, config, interrupted),
    safetySnapshot: interrupted?.safetySnapshot ?? null,
  }
  await writeJournal(config.stateDir, journal)
  let dumps: FetchedDump[]
  try {
    dumps = await fetchDumps(prepared.restic, chosen.snapshot.id, prepared.parts.databases, context)
    report({ type: 'step', title: 'Stopping SeaTable' })
    journal = { ...journal, phase: 'stopped' }
    await writeJournal(config.stateDir, journal)
    await stopWriters(journal.writers, controlsOf(config))
    // After an interruption what is live is in pieces: the snapshot taken before them is the one to go back to.
    if (journal.safetySnapshot === null) {
      journal = { ...journal, safetySnapshot: await takeSafetySnapshot(context, prepared) }
    }
  } catch (error) {
    if (interrupted === null) {
      await startWriters(journal.writers, controlsOf(config))
      await removeScratch(context, client, journal)
      await removeJournal(config.stateDir)
    }
    throw error
  }
  const stopped = now()
  const { safetySnapshot } = journal
  journal = { ...journal, phase: 'in-place' }
  await writeJournal(config.stateDir, journal)
  try {
    await replaceDatabases(context, prepared, dumps)
    await replaceDirectories(context, prepared)
  } catch (error) {
    throw stoppedInPieces(error as Error, safetySnapshot)
  }
  journal = { ...journal, phase: 'swapped' }
  await writeJournal(config.stateDir, journal)
  const started = await finishSwap(context, client, journal)
  const downtimeSeconds = journal.writers.length === 0 ? 0 : (started.getTime() - stopped.getTime()) / 1000
  return { downtimeSeconds, previous: null, safetySnapshot }
}

/** A snapshot of all that is still there; null when nothing is. After a disaster that may be less than usual. */
const takeSafetySnapshot = async (context: JobContext, { client, installation }: Prepared): Promise<string | null> => {
  const { config } = context
  const { databases } = await takeInventory(client, config.databases)
  const names: string[] = []
  for (const name of config.dataPaths) {
    if (installation.dataDir !== null && (await isDirectory(join(installation.dataDir, name)))) names.push(name)
  }
  if (databases.length === 0 && names.length === 0) return null
  const left = { ...config, databases: databases.map(({ name }) => name), dataPaths: names }
  const { snapshot, incomplete } = await takeSnapshot({ ...context, config: left }, [config.tag, 'safety'])
  if (incomplete.length === 0) return snapshot
  throw new UserError(
    `The safety snapshot ${snapshot.slice(0, 8)} of what is live is incomplete: ${incomplete.slice(0, 3).join('; ')}`,
    'Nothing was replaced. Mend what is named here, then run again.',
  )
}

const stoppedInPieces = (error: Error, safetySnapshot: string | null): UserError =>
  new UserError(
    `The restore in place failed half way, and SeaTable stays stopped: ${error.message}`,
    `Mend what is named here and run the same restore again.${safetySnapshot === null ? '' : ` What was live before is snapshot ${safetySnapshot.slice(0, 8)}.`}`,
    1,
    { cause: error },
  )

const replaceDatabases = async (
  { report }: JobContext,
  { client }: Prepared,
  dumps: readonly FetchedDump[],
): Promise<void> => {
  if (dumps.length === 0) return
  report({ type: 'step', title: 'Replacing the databases' })
  const total = dumps.reduce((sum, { objectsOffset }) => sum + objectsOffset, 0)
  // Not interruptible: the way on is shorter than the way back.
  await loadAside(
    client,
    dumps.map((dump) => ({ ...dump, into: dump.name })),
    { onProgress: (done) => report({ type: 'progress', unit: 'bytes', done, total }) },
  )
  for (const { name, path, objectsOffset } of dumps) await createObjects(client, name, { path, offset: objectsOffset })
}

const replaceDirectories = async (
  { config, report }: JobContext,
  { restic, chosen, targets }: Prepared,
): Promise<void> => {
  for (const target of targets) {
    report({ type: 'step', title: `Replacing ${target.live}` })
    const aside = asidePath(target)
    await removeTrees([aside], config.environment.tools)
    if (target.by === 'entries') await emptyDirectory(target.live, config.environment.tools)
    else await removeTrees([target.live], config.environment.tools)
    await resticRestore(
      restic,
      { snapshotId: chosen.snapshot.id, target: aside, includes: [target.saved], verify: true },
      { onProgress: ({ percent }) => report({ type: 'progress', unit: 'percent', done: percent }) },
    )
    if (target.by === 'entries') {
      await moveEntriesInto(restoredPath(target), target.live)
    } else {
      await mkdir(dirname(target.live), { recursive: true })
      await rename(restoredPath(target), target.live)
    }
  }
}
