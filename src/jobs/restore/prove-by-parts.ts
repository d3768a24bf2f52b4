import { UserError } from '../../errors.ts'
import { listed } from '../../listed.ts'
import type { Client } from '../../mysql/client/client.ts'
import { dumpDatabases } from '../../mysql/dump/dump.ts'
import { type Batch, batchesOf } from '../../mysql/load/batches.ts'
import { dropAside } from '../../mysql/load/load.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import { asideName } from '../../mysql/working-names.ts'
import { freeBytes } from '../../staging/area.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { proveDumps } from '../proof/prove-coming.ts'
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
 * Proves, where there is no room for everything, that this server takes what the dumps hold: all definitions, views,
 * triggers, routines and events, and then the rows table by table, each of which is loaded, compared and dropped. Warns
 * of tables for which there is no room. Throws when something is refused or differs.
 */
export const proveByParts = async (
  context: JobContext,
  client: Client,
  dumps: readonly FetchedDump[],
  turn: number,
): Promise<ComingObjects> => {
  const { report } = context
  if (dumps.length === 0) return { passes: [], unproven: [], wanted: new Map() }
  const places = new Map(dumps.map(({ name }) => [name, asideName(name, turn)]))
  try {
    const coming = await step(report, 'Trying the definitions', async () => {
      await loadDatabases(context, client, partsOf(dumps, places))
      return proveDumps(context, client, dumps, [], places)
    })
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
    return coming
  } finally {
    // What stays is told and noted in the end.
    await dropAside(client, [...places.values()]).catch(() => {})
  }
}

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
