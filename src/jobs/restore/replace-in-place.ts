import { mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { emptyDirectory, moveEntriesInto } from '../../directories/in-place.ts'
import { removeTrees } from '../../directories/remove.ts'
import { asidePath, type DirectoryTarget, restoredPath } from '../../directories/targets.ts'
import type { Client } from '../../mysql/client/client.ts'
import { isSame, type SavedObject } from '../../mysql/objects/objects.ts'
import { makeObjects } from '../../mysql/objects/replace.ts'
import { grantsOnRoutines } from '../../mysql/objects/routine-grants.ts'
import { dropReplaced } from '../../mysql/swap/swap.ts'
import { restore as resticRestore } from '../../restic/restore.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { howReplacedDiffer } from '../proof/prove-copies.ts'
import type { FetchedDump } from '../snapshots/fetch-dumps.ts'
import { loadDatabases } from '../snapshots/load-databases.ts'
import { type ComingObjects, missingAfterwards } from '../swap/coming-objects.ts'
import type { PreparedSnapshot } from './prepare.ts'
import { preparePlaces } from './source.ts'

/** Drops what is live and loads what comes; returns what could not be kept, as sentences that have been told. */
export const replaceDatabases = async (
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

export const replaceDirectories = async (context: JobContext, prepared: PreparedSnapshot): Promise<void> => {
  for (const target of prepared.targets) {
    await step(context.report, `Replacing ${target.live}`, () => replaceDirectory(context, prepared, target))
  }
}

const replaceDirectory = async (
  context: JobContext,
  { restic, snapshot }: PreparedSnapshot,
  target: DirectoryTarget,
): Promise<void> => {
  const { config, report } = context
  const aside = asidePath(target)
  await preparePlaces(context, [target])
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
