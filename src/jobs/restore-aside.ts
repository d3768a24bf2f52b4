import { removeTrees } from '../directories/remove.ts'
import { seedByReflink } from '../directories/seed.ts'
import { asidePath, type DirectoryTarget, keptPath, restoredPath } from '../directories/targets.ts'
import { loadAside } from '../mysql/aside.ts'
import type { Client } from '../mysql/client.ts'
import { dropForeignKeys, strayForeignKeys } from '../mysql/foreign-keys.ts'
import { type ListedDatabase, takeInventory } from '../mysql/inventory.ts'
import { asideName, previousName } from '../mysql/names.ts'
import { restore as resticRestore } from '../restic/restore.ts'
import { bringLive } from './bring-live.ts'
import { type FetchedDump, fetchDumps } from './fetch-dumps.ts'
import { removeScratch } from './finish-swap.ts'
import type { JobContext } from './job-context.ts'
import { type Journal, removeJournal, scratchJournal, writeJournal } from './journal.ts'
import { asRecord, liveSide, tableNames } from './live-side.ts'
import type { Prepared } from './prepare-restore.ts'
import { dropPreviousData, type Previous } from './previous.ts'
import { type Interrupted, writersToStop } from './writers-to-stop.ts'

/** What became live, for how long SeaTable was stopped, and what is kept. */
export interface Restored {
  readonly downtimeSeconds: number
  readonly previous: Previous | null
}

/** Loads and proves everything beside the live data, then swaps the two. Until the swap a failure changes nothing live. */
export const restoreAside = async (
  context: JobContext,
  prepared: Prepared,
  interrupted: Interrupted | null,
): Promise<Restored> => {
  const { config, now, signal } = context
  const { client, chosen, targets } = prepared
  const begun = scratchJournal('restore', chosen.snapshot.id, now(), {
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
    journal = await readyToSwap(context, prepared, begun, dumps, interrupted)
    signal.throwIfAborted()
    await dropOlderPrevious(context, prepared)
  } catch (error) {
    await cleanUp(context, client, begun)
    throw error
  }
  const sources = new Map(dumps.map(({ name, path, objectsOffset }) => [name, { path, offset: objectsOffset }]))
  const downtimeSeconds = await bringLive(context, client, journal, sources)
  return { downtimeSeconds, previous: journal.previous }
}

/** Only now, when the new data is proven, the older way back makes room for the newer. */
const dropOlderPrevious = async ({ config, report }: JobContext, { previous, client }: Prepared): Promise<void> => {
  if (previous === null) return
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

/** One call of restic for all directories that wait in the same place and begin alike. */
const restoreDirectories = async (context: JobContext, { restic, chosen, targets }: Prepared): Promise<void> => {
  if (targets.length === 0) return
  const { config, report, signal } = context
  report({ type: 'step', title: 'Restoring the directories aside' })
  await removeTrees([...new Set(targets.map(asidePath))], config.environment.tools)
  const seeded = restic.has('restore over a copy') ? await seedAll(context, targets) : []
  for (const aside of new Set(targets.map(asidePath))) {
    for (const overCopy of [true, false]) {
      const includes = targets
        .filter((target) => asidePath(target) === aside && seeded.includes(target) === overCopy)
        .map(({ saved }) => saved)
      if (includes.length === 0) continue
      await resticRestore(
        restic,
        { snapshotId: chosen.snapshot.id, target: aside, includes, verify: true, overCopy },
        { signal, onProgress: ({ percent }) => report({ type: 'progress', unit: 'percent', done: percent }) },
      )
    }
  }
}

/** Those that begin as a copy of what is live. A mount point would be copied into itself. */
const seedAll = async (
  { config, report }: JobContext,
  targets: readonly DirectoryTarget[],
): Promise<DirectoryTarget[]> => {
  const seeded: DirectoryTarget[] = []
  for (const target of targets) {
    if (!target.exists || target.by === 'entries') continue
    if (await seedByReflink(target.live, restoredPath(target), config.environment.tools)) seeded.push(target)
  }
  const names = seeded.map(({ name }) => name).join(', ')
  if (seeded.length > 0) report({ type: 'detail', message: `Begun as copies of what is live, by reflink: ${names}` })
  return seeded
}

/** Everything aside is proven: what will be swapped, and what is kept of it, is written down before the first step. */
const readyToSwap = async (
  { config, now }: JobContext,
  { installation, targets, client }: Prepared,
  begun: Journal,
  dumps: readonly FetchedDump[],
  interrupted: Interrupted | null,
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
    writers: writersToStop(installation, config, interrupted),
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
