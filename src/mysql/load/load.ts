import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import type { DumpOutline } from '../dump/outline.ts'
import type { LoadingServer } from '../server/loading-server.ts'
import { withoutDirectories } from '../server/tables-elsewhere.ts'
import { inDatabase } from '../sql/own-names.ts'
import { quoteName } from '../sql/quote.ts'
import { withReason } from './failures.ts'
import { createLoader, mostClients } from './loading-user.ts'
import { loadInParallel } from './parallel.ts'
import { type LoadSizes, planLoad, tableOf, usualSizes } from './plan.ts'
import { loadAsItStands } from './single.ts'

/** One dump to load aside. Sizes in bytes. */
export interface DumpToLoad {
  readonly name: string
  /** The database that it is loaded into; one of that name is dropped. */
  readonly into: string
  readonly path: string
  readonly characterSet: string
  readonly collation: string
  /** Up to here there are tables and rows; what follows is created after the swap, never aside. */
  readonly objectsOffset: number
  /** What the dump holds, as it was verified. */
  readonly outline: DumpOutline
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
}

// What of a load is asked for alone: this file is the one door of its folder.
export { type Batch, batchesOf } from './batches.ts'
export { dropLoaders, proveLoader } from './loading-user.ts'

export interface LoadOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (bytes: number) => void
  /** Called with the way by which many rows go, as a sentence, where there is more than one. */
  readonly onRoute?: (route: string) => void
  readonly sizes?: LoadSizes
}

/**
 * Loads dumps into empty databases beside the live ones, by a user that has rights on nothing else, and counts the
 * rows of every table. `onProgress` gets the bytes sent so far. The caller drops the aside databases on failure.
 */
export const loadDumps = async (
  client: Client,
  dumps: readonly DumpToLoad[],
  { signal, onProgress, onRoute, sizes = usualSizes }: LoadOptions,
): Promise<void> => {
  const loader = await createLoader(client, dumps)
  try {
    let before = 0
    const onNewRoute = onlyNew(onRoute)
    for (const dump of dumps) {
      let sent = 0
      const onSent = (bytes: number) => {
        sent += bytes
        onProgress?.(before + sent)
      }
      const isCopy = dump.into !== dump.name
      const task = isCopy ? `Loading ${dump.name} aside` : `Loading ${dump.name}`
      const statements = dump.outline.statements.map((sql) => {
        const here = inDatabase(sql, dump.name, dump.into)
        // In a directory of their own, the files of a copy would be those of the table itself.
        return isCopy && here.startsWith('CREATE TABLE ') ? withoutDirectories(here) : here
      })
      const outline = { ...dump.outline, statements }
      const load = { ...dump, outline, client: loader.client, task, signal, onSent }
      const plan = planLoad(outline, sizes)
      const clients = plan === null ? 1 : await clientsFor(client, loader.server)
      if (plan === null) await loadAsItStands(load)
      else await loadInParallel({ ...load, plan, clients, onRoute: onNewRoute })
      before += dump.objectsOffset
      onProgress?.(before)
      const others = withRowsOfOthers(outline.statements)
      const tables = dump.tables.filter(({ name }) => !others.has(name))
      await refuseMissingRows(loader.client, { ...dump, tables }, clients)
    }
  } catch (error) {
    throw await withReason(client, error)
  } finally {
    await loader.drop()
  }
}

/** The same is not told for each client again. */
const onlyNew = (tell: ((text: string) => void) | undefined) => {
  const told = new Set<string>()
  return (text: string) => {
    if (!told.has(text)) tell?.(text)
    told.add(text)
  }
}

/**
 * As many as the server has processors, at least two: while one waits for the disk, another goes on. Only one where few
 * sessions are left, which SeaTable needs itself.
 */
const clientsFor = async (client: Client, { variables, sessions }: LoadingServer): Promise<number> => {
  if (Number(variables.get('max_connections')) - sessions < 2 * mostClients) return 1
  // MariaDB sets it to the number of processors; MySQL has none.
  const processors = Number(variables.get('thread_pool_size') || (await client.output(['nproc'])))
  return Math.min(Math.max(processors || 2, 2), mostClients)
}

/** Tables that show rows of other tables, or of other servers: a dump holds none of them, and their number says nothing. */
const withRowsOfOthers = (statements: readonly string[]): ReadonlySet<string> =>
  new Set(
    statements
      .filter((sql) => /^\) ENGINE=(?:MRG_MyISAM|FEDERATED|CONNECT|SPIDER|OQGRAPH)\b/im.test(sql))
      .flatMap((sql) => tableOf(sql) ?? []),
  )

/** The client’s exit code is not enough: every table must be there with every row. */
const refuseMissingRows = async (
  client: Client,
  { name, into, tables }: DumpToLoad,
  clients: number,
): Promise<void> => {
  const counts = await Promise.allSettled(
    sharesOf(tables, clients).map((share) => countRows(client, name, into, share)),
  )
  for (const count of counts) if (count.status === 'rejected') throw count.reason
}

type Table = DumpToLoad['tables'][number]

/** Shares of about as many rows each. */
const sharesOf = (tables: readonly Table[], count: number): Table[][] => {
  const shares = Array.from({ length: count }, () => ({ rows: 0, tables: [] as Table[] }))
  for (const table of [...tables].sort((one, other) => other.rows - one.rows)) {
    const [smallest] = [...shares].sort((one, other) => one.rows - other.rows)
    if (smallest === undefined) break
    smallest.tables.push(table)
    smallest.rows += table.rows
  }
  return shares.map((share) => share.tables).filter((share) => share.length > 0)
}

const countRows = async (client: Client, name: string, into: string, tables: readonly Table[]): Promise<void> => {
  const aside = quoteName(into)
  const counted = await client.query(
    tables.map((table) => `SELECT COUNT(*) FROM ${aside}.${quoteName(table.name)}`).join(';\n'),
    { task: `Counting the rows of ${name}` },
  )
  tables.forEach((table, index) => {
    const rows = Number(counted[index]?.[0])
    if (rows === table.rows) return
    throw new UserError({
      message: `After loading, ${name}.${table.name} has ${rows} rows instead of ${table.rows}`,
      hint: 'Nothing live was touched. Look at the database server’s log, then run again.',
    })
  })
}
