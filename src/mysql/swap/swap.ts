import type { Client } from '../client/client.ts'
import { LockTimeout } from '../client/failures.ts'
import { namingHolders } from '../client/lock-holders.ts'
import { listObjects, type NamedObject, removeObjects, type SavedObject } from '../objects/objects.ts'
import { takeInventory } from '../server/inventory.ts'
import { quoteName } from '../sql/quote.ts'
import type { ForeignKey } from './foreign-keys.ts'

/** A database's default character set and collation. */
export interface Defaults {
  readonly characterSet: string
  readonly collation: string
}

/** One database on its way to be live. */
export interface DatabaseSwap {
  readonly name: string
  /** What is live before the swap; null when there is no such database. */
  readonly live:
    | (Defaults & {
        readonly tables: readonly string[]
        readonly objects: readonly SavedObject[]
        /** Keys that must not move with their tables. */
        readonly foreignKeys: readonly ForeignKey[]
      })
    | null
  /** The database that the tables come from; null when nothing becomes live. */
  readonly incoming:
    | (Defaults & {
        readonly database: string
        readonly tables: readonly string[]
        /** Keys that were taken from the tables while they waited; `home` is the database they pointed into. */
        readonly foreignKeys: readonly ForeignKey[]
        readonly home: string
        /** What has its tables name the database that they have come to, in latin1; see `defaultsAtHome`. */
        readonly atHome?: readonly string[] | undefined
      })
    | null
  /** The database that live tables go to. */
  readonly outgoing: string
}

/** Makes the databases that tables are moved to. Harmless when done twice. */
export const prepareSwap = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> => {
  const creations = swaps.flatMap(({ name, live, incoming, outgoing }) => [
    ...(live === null ? [] : [creation(outgoing, live)]),
    ...(incoming === null ? [] : [creation(name, incoming)]),
  ])
  if (creations.length > 0) await client.query(creations.join(';\n'), { task: 'Preparing the swap' })
}

const creation = (database: string, { characterSet, collation }: Defaults): string =>
  `CREATE DATABASE IF NOT EXISTS ${quoteName(database)} CHARACTER SET ${characterSet} COLLATE ${collation}`

/**
 * Throws when another session holds a lock on a live table: a swap would come to a stop in the middle, and taking it
 * back as well. What else may keep tables from being locked, such as a trigger on what is gone, keeps none from being
 * moved.
 */
export const refuseLockedTables = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> => {
  const tables = swaps.flatMap(({ name, live }) =>
    (live?.tables ?? []).map((table) => `${quoteName(name)}.${quoteName(table)} WRITE`),
  )
  if (tables.length === 0) return
  const lock = () =>
    client.query(`LOCK TABLES ${tables.join(', ')};\nUNLOCK TABLES`, { task: 'Waiting for the live tables' })
  await namingHolders(client, lock).catch((error: unknown) => {
    if (error instanceof LockTimeout) throw error
  })
}

/**
 * Removes the live triggers, because RENAME TABLE refuses a table that has one (error 1435), and live views that have the
 * name of a table that comes in. Everything else refers to tables by their names, and survives.
 */
export const makeWay = (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> =>
  removeObjects(
    client,
    new Map(swaps.map(({ name, live, incoming }) => [name, inTheWay(live?.objects ?? [], incoming?.tables ?? [])])),
    'Removing triggers',
  )

/** The same before the tables go back, for what came with the others. */
export const makeWayBack = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> => {
  const listed = await listObjects(
    client,
    swaps.map(({ name }) => name),
  )
  const theirs = swaps.map(({ name, live }) => [name, inTheWay(listed.get(name) ?? [], live?.tables ?? [])] as const)
  await removeObjects(client, new Map(theirs), 'Removing triggers')
}

/** Where names are the same in upper and lower case, one view too many goes, and is created again like the others. */
const inTheWay = (objects: readonly NamedObject[], tables: readonly string[]): NamedObject[] => {
  const names = new Set(tables.map((table) => table.toLowerCase()))
  return objects.filter(({ kind, name }) => kind === 'TRIGGER' || (kind === 'VIEW' && names.has(name.toLowerCase())))
}

/**
 * Moves every live table out and every incoming table in, in one statement that happens whole or not at all. Then the
 * incoming ones that name their own database name the one that they have come to.
 */
export const swapTables = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> => {
  await rename(client, [
    ...swaps.flatMap(({ name, live, outgoing }) => moves(live?.tables ?? [], name, outgoing)),
    ...swaps.flatMap(({ name, incoming }) => moves(incoming?.tables ?? [], incoming?.database ?? '', name)),
  ])
  const atHome = swaps.flatMap(({ name, incoming }) =>
    (incoming?.atHome ?? []).map((sql) => `USE ${quoteName(name)};\n${Buffer.from(sql, 'latin1').toString('utf8')}`),
  )
  if (atHome.length > 0)
    await client.query(atHome.join(';\n'), { task: 'Giving columns the defaults of their database' })
}

/** The same the other way round; nothing when `swapTables` did not happen. */
export const swapTablesBack = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> => {
  if (!(await isSwapped(client, swaps))) return
  await rename(client, [
    ...swaps.flatMap(({ name, incoming }) => moves(incoming?.tables ?? [], name, incoming?.database ?? '')),
    ...swaps.flatMap(({ name, live, outgoing }) => moves(live?.tables ?? [], outgoing, name)),
  ])
}

/** One statement moves all tables or none, so that any one of them tells; it must have left one place for the other. */
export const isSwapped = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<boolean> => {
  const { databases } = await takeInventory(
    client,
    swaps.flatMap(({ name, incoming, outgoing }) => [
      name,
      outgoing,
      ...(incoming === null ? [] : [incoming.database]),
    ]),
  )
  const holds = (database: string, table: string) =>
    databases.some(({ name, tables }) => name === database && tables.some((one) => one.name === table))
  for (const { name, live, incoming, outgoing } of swaps) {
    const [restored] = incoming?.tables ?? []
    const [replaced] = live?.tables ?? []
    if (restored === undefined && replaced === undefined) continue
    const cameIn =
      incoming === null || restored === undefined || (!holds(incoming.database, restored) && holds(name, restored))
    return cameIn && (replaced === undefined || holds(outgoing, replaced))
  }
  return false
}

/** Moves all tables of one database to another, as a finished swap does when their places change names. */
export const moveTables = async (client: Client, from: string, to: string, defaults: Defaults): Promise<void> => {
  const { databases } = await takeInventory(client, [from])
  const [source] = databases
  if (!source) return
  await client.query(creation(to, defaults), { task: `Keeping ${from}` })
  await rename(
    client,
    moves(
      source.tables.map(({ name }) => name),
      from,
      to,
    ),
  )
}

const moves = (tables: readonly string[], from: string, to: string): string[] =>
  tables.map((table) => `${quoteName(from)}.${quoteName(table)} TO ${quoteName(to)}.${quoteName(table)}`)

const rename = async (client: Client, renames: readonly string[]): Promise<void> => {
  if (renames.length === 0) return
  // A client whose input is cut off sends what it has: without the end of the comment that is no statement.
  await namingHolders(client, () =>
    client.query(`/*! RENAME TABLE\n${renames.join(',\n')} */`, { task: 'Swapping the tables' }),
  )
}

/** Gives each database the default character set of what comes in, or of what was live. */
export const setDefaults = async (
  client: Client,
  swaps: readonly DatabaseSwap[],
  of: 'incoming' | 'live',
): Promise<void> => {
  const statements = swaps.flatMap((swap) => {
    const defaults = swap[of]
    // A record of an earlier version may not know them: then they stay as they are.
    if (defaults === null || defaults.characterSet === '' || defaults.collation === '') return []
    const { characterSet, collation } = defaults
    return [`ALTER DATABASE ${quoteName(swap.name)} CHARACTER SET = ${characterSet} COLLATE = ${collation}`]
  })
  if (statements.length > 0)
    await client.query(statements.join(';\n'), { task: 'Setting the databases’ character sets' })
}

/** Drops databases with all that is in them. */
export const dropDatabases = async (client: Client, names: readonly string[], task: string): Promise<void> => {
  if (names.length === 0) return
  await client.query(names.map((name) => `DROP DATABASE IF EXISTS ${quoteName(name)}`).join(';\n'), { task })
}

/**
 * Drops databases that are about to be created again, also when foreign keys of others point into them: these go by the
 * name, and point to what is created under it.
 */
export const dropReplaced = (client: Client, names: readonly string[]): Promise<unknown> =>
  client.query(
    ['SET SESSION foreign_key_checks = 0', ...names.map((name) => `DROP DATABASE IF EXISTS ${quoteName(name)}`)].join(
      ';\n',
    ),
    { task: 'Dropping what is replaced' },
  )

/** Drops those of the databases that hold no table. */
export const dropEmptyDatabases = async (client: Client, names: readonly string[], task: string): Promise<void> => {
  const { databases } = await takeInventory(client, names)
  const empty = databases.filter(({ tables }) => tables.length === 0).map(({ name }) => name)
  await dropDatabases(client, empty, task)
}
