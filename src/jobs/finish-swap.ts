import { dirname } from 'node:path'
import { removeTrees } from '../directories/remove.ts'
import { keep, removeEmpty } from '../directories/swap.ts'
import { removeThrowawayServers } from '../engines/throwaway-server.ts'
import { dropAside } from '../mysql/aside.ts'
import type { Client } from '../mysql/client.ts'
import { previousName } from '../mysql/names.ts'
import { dropEmptyDatabases, moveTables } from '../mysql/swap.ts'
import { emptyCaches } from '../seatable/caches.ts'
import { findInstallation } from '../seatable/installation.ts'
import { landingPath, makePrivate } from '../staging/area.ts'
import { type BroughtBack, bringBackBigData } from './bring-back-big-data.ts'
import type { JobContext } from './job-context.ts'
import { type Journal, removeJournal } from './journal.ts'
import { bigDataDirectory } from './plan-big-data.ts'
import { recordPrevious } from './previous.ts'
import { startSeaTable } from './stop-and-start.ts'

export interface FinishedSwap {
  /** When the first start was issued. */
  readonly started: Date
  /** Null when SeaTable was not to be asked. */
  readonly bigData: BroughtBack | null
}

/**
 * What follows a complete swap: caches, start, keeping what was live, cleaning up, big data. Harmless when done twice.
 */
export const finishSwap = async (context: JobContext, client: Client, journal: Journal): Promise<FinishedSwap> => {
  const { config, report, now } = context
  const installation = await findInstallation(config)
  for (const message of await emptyCaches(installation, config.environment.tools)) report({ type: 'warning', message })
  if (journal.writers.length > 0) report({ type: 'step', title: 'Starting SeaTable' })
  const started = now()
  await startSeaTable(context, journal)

  report({ type: 'step', title: 'Cleaning up' })
  await keepOutgoing(client, journal)
  if (journal.previous !== null) await recordPrevious(config.stateDir, journal.previous)
  await removeScratch(context, client, journal)
  const bigData = journal.restoresBigData
    ? await bringBackBigData(context, installation.server, emptiedBy(journal))
    : null
  await removeJournal(config.stateDir)
  return { started, bigData }
}

const emptiedBy = ({ directories }: Journal): string | null =>
  directories.find(({ name }) => name === bigDataDirectory)?.live ?? null

/** After a rollback, what was live lies where the rolled-back data had come from: it takes the name of previous data. */
const keepOutgoing = async (client: Client, { databases, directories, previous }: Journal): Promise<void> => {
  for (const { name, live, incoming, outgoing } of databases) {
    if (live !== null && outgoing !== previousName(name)) await moveTables(client, outgoing, previousName(name), live)
    if (incoming === null) await dropEmptyDatabases(client, [name], `Removing the database ${name}`)
  }
  for (const { name, outgoing } of directories) {
    const kept = previous?.directories.find((directory) => directory.name === name)?.kept
    if (kept !== undefined && kept !== outgoing) await keep(outgoing, kept)
  }
}

/** Whatever happened: no plaintext dump stays, nothing stays aside, no empty place for previous data. */
export const removeScratch = async (
  { config }: Pick<JobContext, 'config'>,
  client: Client,
  { scratch, databases, directories }: Journal,
): Promise<void> => {
  await removeTrees([landingPath(config.stateDir)], config.environment.tools)
  await makePrivate(landingPath(config.stateDir))
  await removeTrees(scratch.directories, config.environment.tools)
  for (const { cli, name } of scratch.containers) await removeThrowawayServers(cli, [name], config.environment.tools)
  await dropAside(client, scratch.databases)
  await dropEmptyDatabases(
    client,
    databases.map(({ name }) => previousName(name)),
    'Removing empty databases',
  )
  for (const { outgoing } of directories) await removeEmpty(dirname(outgoing))
}
