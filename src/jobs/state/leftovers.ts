import { readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../../config/config.ts'
import { removeTrees } from '../../directories/remove.ts'
import { removeEmpty } from '../../directories/swap.ts'
import { turnOfDirectory } from '../../directories/targets.ts'
import { type ContainerProgram, containerPrograms } from '../../engine-names.ts'
import { removeThrowawayServers } from '../../engines/throwaway-server.ts'
import { jsonOf } from '../../json.ts'
import type { Client } from '../../mysql/client/client.ts'
import { dropLoaders } from '../../mysql/load/load.ts'
import { removal } from '../../mysql/swap/foreign-keys.ts'
import { foreignKeysInto } from '../../mysql/swap/foreign-keys-into.ts'
import { dropDatabases } from '../../mysql/swap/swap.ts'
import { writeDurably } from '../../staging/area.ts'
import { type StandingWarning, standingAbout } from '../../standing-warnings.ts'
import type { JobContext } from '../context/job-context.ts'

/** What of ours is to be removed, and holds nothing that anybody needs. */
export interface Rubbish {
  readonly databases: readonly string[]
  readonly directories: readonly string[]
  readonly containers: readonly { readonly cli: ContainerProgram; readonly name: string }[]
  /** True when users and sessions of loads may be there. */
  readonly loaders?: boolean | undefined
}

const why = z.string()
const schema = z.looseObject({
  databases: z.array(z.looseObject({ name: z.string(), why })),
  directories: z.array(z.looseObject({ path: z.string(), why })),
  containers: z.array(z.looseObject({ cli: z.enum(containerPrograms), name: z.string(), why })),
  /** True when users and sessions of loads may be left; absent: false. */
  loaders: z.boolean().optional(),
})

/** What could not be removed, and why. Every command tries again; no command fails for it. */
export type Leftovers = z.infer<typeof schema>

const none: Leftovers = { databases: [], directories: [], containers: [] }

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

const recordPath = (stateDir: string): string => join(stateDir, 'leftovers.json')

/** What is noted; nothing where the record cannot be read: it tells of rubbish only. */
export const readLeftovers = async (stateDir: string): Promise<Leftovers> => {
  const result = schema.safeParse(jsonOf(await readFile(recordPath(stateDir), 'utf8').catch(() => '')))
  return result.success ? result.data : none
}

/** Tells what stays, and adds it to what is noted. False when it cannot be written down, which is told as well. */
export const noteLeftovers = async (
  { config, report }: Pick<JobContext, 'config' | 'report'>,
  left: Leftovers,
): Promise<boolean> => {
  if (isEmpty(left)) return true
  const before = await readLeftovers(config.stateDir)
  for (const sentence of sentencesOf(left)) report({ type: 'warning', message: sentence })
  return write(config.stateDir, {
    databases: withoutTwins([...before.databases, ...left.databases], ({ name }) => name),
    directories: withoutTwins([...before.directories, ...left.directories], ({ path }) => path),
    loaders: (before.loaders ?? false) || (left.loaders ?? false),
    containers: withoutTwins([...before.containers, ...left.containers], ({ cli, name }) => `${cli} ${name}`),
  }).then(
    () => true,
    (error: Error) => {
      report({ type: 'warning', message: error.message })
      return false
    },
  )
}

const withoutTwins = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] => [
  ...new Map(items.map((item) => [keyOf(item), item])).values(),
]

const write = (stateDir: string, leftovers: Leftovers): Promise<void> =>
  isEmpty(leftovers)
    ? rm(recordPath(stateDir), { force: true })
    : writeDurably(recordPath(stateDir), `${JSON.stringify(leftovers, null, 1)}\n`)

const isEmpty = ({ databases, directories, containers, loaders = false }: Leftovers): boolean =>
  !loaders && databases.length + directories.length + containers.length === 0

const sentencesOf = ({ databases, directories, containers, loaders = false }: Leftovers): string[] => [
  ...(loaders ? ['A user that loads rows could not be removed yet'] : []),
  ...databases.map(({ name, why }) => `The database ${name} could not be removed yet: ${why}`),
  ...directories.map(({ path, why }) => `${path} could not be removed yet: ${why}`),
  ...containers.map(({ name, why }) => `The container ${name} could not be removed yet: ${why}`),
]

/** To be told until they are gone, or accepted. */
export const leftoverWarnings = (leftovers: Leftovers): StandingWarning[] => {
  const all = new Map([
    ...leftovers.databases.map(({ name, why }) => [name, why] as const),
    ...leftovers.directories.map(({ path, why }) => [path, why] as const),
    ...leftovers.containers.map(({ name, why }) => [name, why] as const),
  ])
  return standingAbout(
    'leftovers',
    [...all.keys()],
    (named) =>
      `What could not be removed is still there, and is tried again by every command: ${named.map((one) => `${one} (${all.get(one)})`).join('; ')}`,
  )
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
  await write(config.stateDir, left).catch((error: Error) => report({ type: 'warning', message: error.message }))
  return left
}

/** Notes that users of loads may be left, before one is made, or that none is. */
export const expectLoaders = async (stateDir: string, loaders: boolean): Promise<void> =>
  write(stateDir, { ...(await readLeftovers(stateDir)), loaders })
