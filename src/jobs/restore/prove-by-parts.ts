import { UserError } from '../../errors.ts'
import { listed } from '../../listed.ts'
import type { Client } from '../../mysql/client/client.ts'
import { dumpDatabases } from '../../mysql/dump/dump.ts'
import { type Batch, batchesOf, dropLoaders } from '../../mysql/load/load.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import { asideName } from '../../mysql/working-names.ts'
import { freeBytes } from '../../staging/area.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { comingOf, tryDumps } from '../proof/prove-coming.ts'
import type { FetchedDump } from '../snapshots/fetch-dumps.ts'
import { loadDatabases } from '../snapshots/load-databases.ts'
import type { ComingObjects } from '../swap/coming-objects.ts'
import { freeAtDatabase, tablesPerSql } from './measure.ts'

type Places = ReadonlyMap<string, string>

/** Bytes of rows that are loaded together: enough that definitions cost little, and little room. */
const batchBytes = 64 * 1024 * 1024

/** Bytes that stay free for whoever else writes to the disk of the database. */
const reserve = 64 * 1024 * 1024

/**
 * Proves, where there is no room for everything, that this server takes all definitions, views, triggers, routines and
 * events of the dumps. Throws when something is refused.
 */
export const proveDefinitions = async (
  context: JobContext,
  client: Client,
  dumps: readonly FetchedDump[],
  turn: number,
): Promise<ComingObjects> => {
  if (dumps.length === 0) return { passes: [], unproven: [], wanted: new Map() }
  const places = placesOf(dumps, turn)
  try {
    return await step(context.report, 'Trying the definitions', async () => {
      await loadDefinitions(context, client, dumps, turn)
      return comingOf(await tryDumps(context, client, dumps, places), [])
    })
  } finally {
    await dropPlaces(client, places)
  }
}

/** Makes the tables of the dumps beside the live ones, without rows. */
export const loadDefinitions = (
  { signal }: JobContext,
  client: Client,
  dumps: readonly FetchedDump[],
  turn: number,
): Promise<void> => loadDatabases({ signal, report: quiet }, client, partsOf(dumps, placesOf(dumps, turn)))

/**
 * The same of the rows, table by table, each of which is loaded, compared and dropped. Warns of tables for which there is
 * no room. Throws when something is refused or differs.
 */
export const proveRowsByParts = async (
  context: JobContext,
  client: Client,
  dumps: readonly FetchedDump[],
  turn: number,
): Promise<void> => {
  const { report } = context
  if (dumps.length === 0) return
  const places = placesOf(dumps, turn)
  try {
    const skipped: string[] = []
    await step(report, 'Trying the rows, table by table', async () => {
      for (const dump of dumps) {
        for (const batch of batchesOf(dump.outline, batchBytes)) {
          if (await hasRoom(context, client, batch)) {
            await proveRows(context, client, dump, places, batch)
          } else skipped.push(...batch.tables.map((table) => `${dump.name}.${table}`))
        }
      }
    })
    if (skipped.length > 0) report({ type: 'warning', message: noRoomFor(skipped) })
  } finally {
    await dropPlaces(client, places)
  }
}

/** Where the tables of the dumps are made. */
export const placesOf = (dumps: readonly FetchedDump[], turn: number): Places =>
  new Map(dumps.map(({ name }) => [name, asideName(name, turn)]))

/** What stays is told and noted in the end. */
const dropPlaces = (client: Client, places: Places): Promise<void> =>
  dropLoaders(client, [...places.values()]).catch(() => {})

const noRoomFor = (tables: readonly string[]): string =>
  `There is no room to load these tables once before they replace what is live, and their rows are not proven: ${listed(tables, 10)}`

const proveRows = async (
  context: JobContext,
  client: Client,
  dump: FetchedDump,
  places: Places,
  batch: Batch,
): Promise<void> => {
  const { now, signal } = context
  signal.throwIfAborted()
  await loadDatabases({ ...context, report: quiet }, client, partsOf([dump], places, batch))
  const inventory = await takeInventory(client, [places.get(dump.name) ?? ''], signal)
  const again = await dumpDatabases(client, inventory, null, { signal, now })
  const found = again.databases[0]?.tables ?? []
  for (const table of batch.tables) {
    const saved = dump.tables.find(({ name }) => name === table)
    if (found.find(({ name }) => name === table)?.sha256 === saved?.sha256) continue
    throw new UserError({
      message: `Loaded once beside the live data, rows of ${dump.name}.${table} are not what was saved`,
      hint: 'Nothing was replaced. Choose another snapshot, or look at the server’s log.',
    })
  }
}

const quiet: JobContext['report'] = () => {}

/** The same dumps with all definitions and only the rows of `batch`. */
const partsOf = (
  dumps: readonly FetchedDump[],
  places: Places,
  batch: Pick<Batch, 'tables' | 'ranges'> = { tables: [], ranges: [] },
): (FetchedDump & { readonly into: string })[] =>
  dumps.map((dump) => ({
    ...dump,
    into: places.get(dump.name) ?? '',
    outline: { ...dump.outline, rows: batch.ranges },
    tables: dump.tables.map((table) => ({ ...table, rows: rowsIn(table, dump, batch) })),
  }))

/** A sequence has its row without a statement for it. */
const rowsIn = (
  { name, rows }: FetchedDump['tables'][number],
  { outline }: FetchedDump,
  { tables }: Pick<Batch, 'tables'>,
): number => (tables.includes(name) || !outline.rows.some(({ table }) => table === name) ? rows : 0)

/** Where it cannot be found out, there is none: the disk of the live data must not be filled for a proof. */
const hasRoom = async ({ config }: JobContext, client: Client, { bytes }: Batch): Promise<boolean> => {
  const { dataDirectory } = await takeInventory(client, [])
  const atDatabase = (await freeAtDatabase(client, dataDirectory)) ?? 0
  const here = await freeBytes(config.stateDir)
  return atDatabase > bytes * tablesPerSql + reserve && here > bytes + reserve
}
