import { basename, dirname } from 'node:path'
import type { Config } from '../../config/config.ts'
import { removeTrees } from '../../directories/remove.ts'
import { removeEmpty } from '../../directories/swap.ts'
import { turnOfDirectory } from '../../directories/targets.ts'
import type { ContainerProgram } from '../../engine-names.ts'
import { removeThrowawayServers } from '../../engines/throwaway-server.ts'
import type { Client } from '../../mysql/client/client.ts'
import { dropLoaders } from '../../mysql/load/load.ts'
import { removal } from '../../mysql/swap/foreign-keys.ts'
import { foreignKeysInto } from '../../mysql/swap/foreign-keys-into.ts'
import { dropDatabases } from '../../mysql/swap/swap.ts'
import type { JobContext } from '../context/job-context.ts'
import { isEmpty, type Leftovers, readLeftovers, writeLeftovers } from './leftovers.ts'

/** What of ours is to be removed, and holds nothing that anybody needs. */
export interface Rubbish {
  readonly databases: readonly string[]
  readonly directories: readonly string[]
  readonly containers: readonly { readonly cli: ContainerProgram; readonly name: string }[]
  /** True when users and sessions of loads may be there. */
  readonly loaders?: boolean | undefined
}

/** Removes each by itself, and returns those that stay. Without a client no database can go. */
export const removeAll = async (config: Config, client: Client | null, rubbish: Rubbish): Promise<Leftovers> => ({
  // First: a session that still loads holds its tables.
  loaders: (rubbish.loaders ?? false) && !(await removeLoaders(client)),
  databases: (await dropAtOnce(client, rubbish.databases))
    ? []
    : await staying(
        rubbish.databases,
        (name) => dropOne(client, name),
        (name) => ({ name }),
      ),
  directories: await staying(
    rubbish.directories,
    (path) => removeTrees([path], config.environment.tools),
    (path) => ({ path }),
  ),
  containers: await staying(
    rubbish.containers,
    ({ cli, name }) => removeThrowawayServers(cli, [name], config.environment.tools),
    ({ cli, name }) => ({ cli, name }),
  ),
})

/** True when all of them are gone: then nobody has to be asked about each. */
const dropAtOnce = async (client: Client | null, names: readonly string[]): Promise<boolean> =>
  client !== null &&
  (await dropDatabases(client, names, 'Dropping what is needed no more').then(
    () => true,
    () => false,
  ))

const removeLoaders = async (client: Client | null): Promise<boolean> =>
  client !== null &&
  (await dropLoaders(client).then(
    () => true,
    () => false,
  ))

const staying = async <Item, Named>(
  items: readonly Item[],
  remove: (item: Item) => Promise<unknown>,
  named: (item: Item) => Named,
): Promise<(Named & { why: string })[]> => {
  const left: (Named & { why: string })[] = []
  for (const item of items) {
    await remove(item).catch((error: Error) =>
      left.push({ ...named(item), why: error.message.replace(/^\S.* could not be removed: /, '') }),
    )
  }
  return left
}

const dropOne = async (client: Client | null, name: string): Promise<void> => {
  if (client === null) throw new Error('the database server does not answer')
  await dropDatabases(client, [name], `Dropping ${name}`).catch(async (error: Error) => {
    const keys = await foreignKeysInto(client, [name]).catch(() => [])
    const hint = keys.map((key) => `${removal(key)};`).join(' ')
    throw keys.length === 0 ? error : new Error(`foreign keys of other databases point into it: ${hint}`)
  })
}

/**
 * Tries once more to remove what is noted, and returns what stays. Never throws: `open` gives a client where there is a
 * database to drop.
 */
export const retryLeftovers = async (
  { config, report }: Pick<JobContext, 'config' | 'report'>,
  open: () => Promise<Client>,
): Promise<Leftovers> => {
  const noted = await readLeftovers(config.stateDir)
  if (isEmpty(noted)) return noted
  const client = noted.databases.length === 0 && noted.loaders !== true ? null : await open().catch(() => null)
  const left = await removeAll(config, client, {
    databases: noted.databases.map(({ name }) => name),
    directories: noted.directories.map(({ path }) => path),
    containers: noted.containers,
    loaders: noted.loaders,
  })
  for (const { path } of noted.directories) {
    if (turnOfDirectory(basename(dirname(path))) !== null) await removeEmpty(dirname(path))
  }
  await writeLeftovers(config.stateDir, left).catch((error: Error) =>
    report({ type: 'warning', message: error.message }),
  )
  return left
}
