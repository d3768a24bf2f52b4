import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { containerPrograms } from '../../engine-names.ts'
import { jsonOf } from '../../json.ts'
import { writeDurably } from '../../staging/area.ts'
import { type StandingWarning, standingAbout } from '../../standing-warnings.ts'
import type { JobContext } from '../context/job-context.ts'

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
  return writeLeftovers(config.stateDir, {
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

/** Writes down what is left, or that nothing is. */
export const writeLeftovers = (stateDir: string, leftovers: Leftovers): Promise<void> =>
  isEmpty(leftovers)
    ? rm(recordPath(stateDir), { force: true })
    : writeDurably(recordPath(stateDir), `${JSON.stringify(leftovers, null, 1)}\n`)

export const isEmpty = ({ databases, directories, containers, loaders = false }: Leftovers): boolean =>
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

/** Notes that users of loads may be left, before one is made, or that none is. */
export const expectLoaders = async (stateDir: string, loaders: boolean): Promise<void> =>
  writeLeftovers(stateDir, { ...(await readLeftovers(stateDir)), loaders })
