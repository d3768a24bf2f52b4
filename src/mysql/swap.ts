import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { UserError } from '../errors.ts'
import { type Client, quoteName } from './client.ts'
import { clientFailure } from './failures.ts'
import { type ListedDatabase, takeInventory } from './inventory.ts'
import { asideName, previousName } from './names.ts'
import { createObjectsSql, dropObjectsSql, type SavedObject } from './objects.ts'

/** One database on its way to be live. */
export interface DatabaseSwap {
  readonly name: string
  /** What is live now; null when there is no such database. */
  readonly live: ListedDatabase | null
  /** The views, triggers, routines and events that are live now. */
  readonly liveObjects: readonly SavedObject[]
  /** Tables and sequences that lie aside. */
  readonly aside: readonly string[]
  readonly characterSet: string
  readonly collation: string
}

/** Seconds that a RENAME TABLE waits for idle transactions; longer, and every reader queues behind it. */
const lockWait = 5

/** Makes the databases that tables are moved to and from. Harmless when done twice. */
export const prepareSwap = (client: Client, swaps: readonly DatabaseSwap[]): Promise<unknown> =>
  client.query(
    swaps
      .flatMap(({ name, live, characterSet, collation }) => [
        `CREATE DATABASE IF NOT EXISTS ${quoteName(name)} CHARACTER SET ${characterSet} COLLATE ${collation}`,
        ...(live === null
          ? []
          : [
              `CREATE DATABASE IF NOT EXISTS ${quoteName(previousName(name))} CHARACTER SET ${live.characterSet} COLLATE ${live.collation}`,
            ]),
      ])
      .join(';\n'),
    { task: 'Preparing the swap' },
  )

/** Removes views, triggers, routines and events: RENAME TABLE refuses a table with a trigger, and cannot move a view. */
export const dropObjects = async (client: Client, databases: readonly ListedDatabase[]): Promise<void> => {
  const statements = databases.flatMap(dropObjectsSql)
  if (statements.length > 0) await client.query(statements.join(';\n'), { task: 'Removing views and triggers' })
}

/** Creates again what `dropObjects` has removed; what it had not yet removed is replaced by the same. */
export const createLiveObjects = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> => {
  await dropObjects(
    client,
    swaps.flatMap(({ live }) => (live === null ? [] : [live])),
  )
  const sql = swaps.map(({ name, liveObjects }) => createObjectsSql(name, liveObjects)).join('')
  await client.query(sql, { task: 'Creating the previous views and triggers again' })
}

/** Moves every live table out and every restored table in, in one statement that happens whole or not at all. */
export const swapTables = (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> =>
  rename(client, [
    ...swaps.flatMap(({ name, live }) => moves(tablesOf(live), name, previousName(name))),
    ...swaps.flatMap(({ name, aside }) => moves(aside, asideName(name), name)),
  ])

/** The same the other way round; nothing when `swapTables` did not happen. */
export const swapTablesBack = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<void> => {
  if (!(await isSwapped(client, swaps))) return
  await rename(client, [
    ...swaps.flatMap(({ name, aside }) => moves(aside, name, asideName(name))),
    ...swaps.flatMap(({ name, live }) => moves(tablesOf(live), previousName(name), name)),
  ])
}

/** One statement moves all tables or none, so that any one of them tells. */
const isSwapped = async (client: Client, swaps: readonly DatabaseSwap[]): Promise<boolean> => {
  const { databases } = await takeInventory(
    client,
    swaps.flatMap(({ name }) => [asideName(name), previousName(name)]),
  )
  const holds = (database: string, table: string) =>
    databases.some(({ name, tables }) => name === database && tables.some((one) => one.name === table))
  for (const { name, live, aside } of swaps) {
    const [restored] = aside
    if (restored !== undefined) return !holds(asideName(name), restored)
    const [replaced] = tablesOf(live)
    if (replaced !== undefined) return holds(previousName(name), replaced)
  }
  return false
}

const tablesOf = (live: ListedDatabase | null): string[] => live?.tables.map(({ name }) => name) ?? []

const moves = (tables: readonly string[], from: string, to: string): string[] =>
  tables.map((table) => `${quoteName(from)}.${quoteName(table)} TO ${quoteName(to)}.${quoteName(table)}`)

const rename = async (client: Client, renames: readonly string[]): Promise<void> => {
  if (renames.length === 0) return
  await client.query(`SET SESSION lock_wait_timeout = ${lockWait};\nRENAME TABLE\n${renames.join(',\n')}`, {
    task: 'Swapping the tables',
  })
}

/** Gives each database the default character set that it had when it was saved (`to: restored`), or before the restore. */
export const setDefaults = async (
  client: Client,
  swaps: readonly DatabaseSwap[],
  to: 'restored' | 'live',
): Promise<void> => {
  const statements = swaps.flatMap((swap) => {
    const { characterSet, collation } = to === 'live' ? (swap.live ?? swap) : swap
    return [`ALTER DATABASE ${quoteName(swap.name)} CHARACTER SET = ${characterSet} COLLATE = ${collation}`]
  })
  await client.query(statements.join(';\n'), { task: 'Setting the databases’ character sets' })
}

/** Replays the views, triggers, routines and events of a dump: its bytes from `objectsOffset` on. */
export const createObjects = async (
  client: Client,
  { name, path, objectsOffset }: { readonly name: string; readonly path: string; readonly objectsOffset: number },
): Promise<void> => {
  const task = `Creating the views, triggers, routines and events of ${name}`
  const running = await client.start('client', [`--database=${name}`])
  running.stdin.write(sessionPreamble)
  const broken = await pipeline(createReadStream(path, { start: objectsOffset }), running.stdin).then(
    () => null,
    (error: Error) => error,
  )
  for await (const _ of running.stdout) {
    // Nothing is asked, so nothing is said.
  }
  const ended = await running.ended
  if (ended.exitCode !== 0) throw clientFailure(task, client.place, ended)
  if (broken !== null) throw new UserError(`${task}: ${broken.message}`, 'Run the restore again.', 1, { cause: broken })
}

/** The trailer of a dump puts back what its preamble had saved; the objects are sent without that preamble. */
const sessionPreamble = [
  'SET NAMES utf8mb4;',
  'SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT, @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS,',
  '@OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION, @OLD_TIME_ZONE=@@TIME_ZONE, @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS,',
  '@OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, @OLD_SQL_MODE=@@SQL_MODE, @OLD_SQL_NOTES=@@SQL_NOTES;',
  "SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO';",
  '',
].join('\n')

/** Drops the databases that hold what was live before a restore. */
export const dropPrevious = (client: Client, names: readonly string[]): Promise<unknown> =>
  client.query(names.map((name) => `DROP DATABASE IF EXISTS ${quoteName(previousName(name))}`).join(';\n'), {
    task: 'Dropping the previous data',
  })

/** Drops those of them that hold nothing. */
export const dropEmptyPrevious = async (client: Client, names: readonly string[]): Promise<void> => {
  const { databases } = await takeInventory(client, names.map(previousName))
  const empty = databases.filter(({ tables }) => tables.length === 0)
  if (empty.length === 0) return
  await client.query(empty.map(({ name }) => `DROP DATABASE ${quoteName(name)}`).join(';\n'), {
    task: 'Dropping empty databases',
  })
}
