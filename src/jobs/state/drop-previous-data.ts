import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeEmpty } from '../../directories/swap.ts'
import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import type { JobContext } from '../context/job-context.ts'
import { type Leftovers, noteLeftovers } from './leftovers.ts'
import { keptDatabase, type Previous, readRecord, recordPath } from './previous.ts'
import { removeAll } from './remove-leftovers.ts'

/** The record under this name is of data that is being dropped: nothing can be rolled back to it any more. */
const doomedPath = (stateDir: string): string => join(stateDir, 'previous-dropping.json')

/**
 * Drops the data that the last restore replaced. A crash on the way leaves it to the next command; what cannot be removed
 * is noted, and returned.
 */
export const dropPreviousData = async (
  context: Pick<JobContext, 'config' | 'report'>,
  previous: Previous,
  client: Client,
): Promise<Leftovers> => {
  const { stateDir } = context.config
  // One that could not even be noted must not be forgotten for this one.
  if ((await readDoomed(stateDir)) !== null) throw recordInTheWay(doomedPath(stateDir))
  // Not written anew: this is what makes room on a full disk.
  await rename(recordPath(stateDir), doomedPath(stateDir))
  return dropDoomedData(context, previous, client)
}

const recordInTheWay = (path: string): UserError =>
  new UserError({
    message: `${path} still names what could not be removed, and what that is cannot be written down`,
    hint: 'Is the disk of the state directory full, or read-only? Make room there, then run again.',
  })

/** What an interrupted drop was to remove; null when there was none. */
export const readDoomed = (stateDir: string): Promise<Previous | null> => readRecord(doomedPath(stateDir))

/** Drops what `readDoomed` has found. */
export const dropDoomedData = async (
  context: Pick<JobContext, 'config' | 'report'>,
  { databases, directories }: Previous,
  client: Client,
): Promise<Leftovers> => {
  const left = await removeAll(context.config, client, {
    databases: databases.map(keptDatabase),
    directories: directories.map(({ kept }) => kept),
    containers: [],
  })
  for (const { kept } of directories) await removeEmpty(join(kept, '..'))
  if (await noteLeftovers(context, left)) await rm(doomedPath(context.config.stateDir), { force: true })
  return left
}
