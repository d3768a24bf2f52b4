import { dirname } from 'node:path'
import { keep, removeEmpty } from '../../directories/swap.ts'
import type { Client } from '../../mysql/client/client.ts'
import { removeObjects, titleOf } from '../../mysql/objects/objects.ts'
import { superfluous } from '../../mysql/objects/replace.ts'
import { dropEmptyDatabases, moveTables } from '../../mysql/swap/swap.ts'
import { previousName } from '../../mysql/working-names.ts'
import { emptyCaches } from '../../seatable/caches.ts'
import { findInstallation } from '../../seatable/find/installation.ts'
import { landingPath, landingsIn, makePrivate } from '../../staging/area.ts'
import type { BroughtBack } from '../big-data/bring-back.ts'
import { prepareBigData } from '../big-data/pending.ts'
import { bigDataDirectory } from '../big-data/plan.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { isOfSwap, type Journal, removeJournal, type SwapJournal } from '../state/journal.ts'
import { noteLeftovers } from '../state/leftovers.ts'
import { keptDatabase, type Previous, recordPrevious } from '../state/previous.ts'
import { removeAll } from '../state/remove-leftovers.ts'
import { startSeaTable } from './writers.ts'

export interface FinishedSwap {
  /** When the first start was issued. */
  readonly started: Date
  /** Asks SeaTable for its big data, once the lock is given back; null when it is not to be asked. */
  readonly bigData: (() => Promise<BroughtBack>) | null
}

/**
 * What follows a complete swap: caches, start, keeping what was live, cleaning up. Big data is left to whoever has given back the lock. Harmless when done twice.
 */
export const finishSwap = async (context: JobContext, client: Client, journal: SwapJournal): Promise<FinishedSwap> => {
  const { config, report, now } = context
  const installation = await findInstallation(config)
  for (const message of await emptyCaches(installation, config.environment.tools)) report({ type: 'warning', message })
  await removeSuperfluous(context, client, journal)
  const started = now()
  if (journal.writers.length > 0) await step(report, 'Starting SeaTable', () => startSeaTable(context, journal))
  return step(report, 'Cleaning up', async () => {
    const previous = await keepOutgoing(context, client, journal)
    if (previous !== null) await recordPrevious(config.stateDir, previous)
    await removeScratch(context, client, { ...journal, previous })
    const { snapshot, began } = journal
    const bigData = journal.restoresBigData
      ? await prepareBigData(context, installation.server, { snapshot, began, emptied: emptiedBy(journal) })
      : null
    await removeJournal(config.stateDir)
    return { started, bigData }
  })
}

/**
 * Views, routines and events of what was live, which the data that came in does not have. Only now, because nothing of
 * it has to be created again if the swap is taken back. Their texts and grants are kept for a rollback.
 */
const removeSuperfluous = async ({ report }: JobContext, client: Client, { databases }: SwapJournal): Promise<void> => {
  const goes = databases.flatMap(({ name, live, incoming, wanted }) =>
    live === null || incoming === null || wanted === undefined
      ? []
      : [[name, superfluous({ live: live.objects, wanted })] as const],
  )
  const task = 'Removing what the restored data does not have'
  const isDone = await removeObjects(client, new Map(goes), task).then(yes, () => false)
  if (isDone) return
  for (const [database, objects] of goes) {
    for (const object of objects) {
      await removeObjects(client, new Map([[database, [object]]]), task).catch((error: Error) => {
        const message = `${titleOf(database, object)} is not in the restored data, and could not be removed: ${error.message}`
        report({ type: 'warning', message })
      })
    }
  }
}

const emptiedBy = ({ directories }: SwapJournal): string | null =>
  directories.find(({ name }) => name === bigDataDirectory)?.live ?? null

/**
 * After a rollback, what was live lies where the rolled-back data had come from: it takes the name of previous data.
 * Returns where it lies in the end: what cannot take that name is kept where it is.
 */
const keepOutgoing = async (
  context: JobContext,
  client: Client,
  { databases, directories, previous }: SwapJournal,
): Promise<Previous | null> => {
  const stays = warnOf(context)
  const keptDatabases = new Map<string, string>()
  for (const { name, live, incoming, outgoing } of databases) {
    const kept = previous?.databases.find((database) => database.name === name)
    const wanted = kept === undefined ? previousName(name) : keptDatabase(kept)
    const moved =
      live === null || outgoing === wanted || (await moveTables(client, outgoing, wanted, live).then(yes, stays))
    keptDatabases.set(name, moved ? wanted : outgoing)
    if (incoming === null) await dropEmptyDatabases(client, [name], `Removing the database ${name}`).catch(stays)
  }
  const keptDirectories = new Map<string, string>()
  for (const { name, outgoing } of directories) {
    const wanted = previous?.directories.find((directory) => directory.name === name)?.kept ?? outgoing
    const moved = wanted === outgoing || (await keep(outgoing, wanted).then(yes, stays))
    keptDirectories.set(name, moved ? wanted : outgoing)
  }
  if (previous === null) return null
  return {
    ...previous,
    databases: previous.databases.map((one) => ({ ...one, kept: keptDatabases.get(one.name) ?? keptDatabase(one) })),
    directories: previous.directories.map((one) => ({ ...one, kept: keptDirectories.get(one.name) ?? one.kept })),
  }
}

const yes = (): boolean => true

const warnOf =
  ({ report }: Pick<JobContext, 'report'>) =>
  ({ message }: Error): false => {
    report({ type: 'warning', message })
    return false
  }

/**
 * Whatever happened: no plaintext dump stays, nothing stays aside, no empty place for previous data. What cannot be
 * removed is told and noted, and keeps nobody from going on. False when it could not be noted.
 */
export const removeScratch = async (
  context: Pick<JobContext, 'config' | 'report'>,
  client: Client,
  journal: Journal,
): Promise<boolean> => {
  const { config } = context
  const { scratch } = journal
  const { databases, directories, previous } = isOfSwap(journal) ? journal : nothingSwapped
  const stays = warnOf(context)
  // What could not take the name of previous data is kept here.
  const isKept = (name: string) => previous?.databases.some((one) => keptDatabase(one) === name) ?? false
  const holdsKept = (path: string) => previous?.directories.some(({ kept }) => kept.startsWith(`${path}/`)) ?? false
  const left = await removeAll(config, client, {
    databases: scratch.databases.filter((name) => !isKept(name)),
    directories: [...(await landingsIn(config.stateDir)), ...scratch.directories.filter((path) => !holdsKept(path))],
    containers: scratch.containers,
    loaders: true,
  })
  await makePrivate(landingPath(config.stateDir)).catch(stays)
  const perhapsEmpty = databases.flatMap(({ outgoing, incoming }) => [outgoing, incoming?.database ?? outgoing])
  await dropEmptyDatabases(client, [...new Set(perhapsEmpty)], 'Removing empty databases').catch(stays)
  for (const { outgoing } of directories) await removeEmpty(dirname(outgoing))
  return noteLeftovers(context, left)
}

const nothingSwapped = { databases: [], directories: [], previous: null } satisfies Partial<SwapJournal>

/**
 * After what changed nothing live, or is done: what lies aside is removed. Never throws; what cannot be removed is noted,
 * or, where that is impossible, left to the next command by the journal.
 */
export const cleanUp = async (context: JobContext, client: Client, journal: Journal): Promise<void> => {
  try {
    if (await removeScratch(context, client, journal)) await removeJournal(context.config.stateDir)
  } catch (error) {
    const message = `Not everything could be cleaned up yet; the next command does it: ${(error as Error).message}`
    context.report({ type: 'warning', message })
  }
}
