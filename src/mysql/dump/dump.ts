import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { loadingMode } from '../client/fixed-variables.ts'
import { refuseHostileChange, refuseHostileServer } from '../server/hostile-server.ts'
import type { Inventory, ListedDatabase } from '../server/inventory.ts'
import { MalformedDump } from '../sql/malformed-dump.ts'
import { isServer, programVersion } from '../sql/server-version.ts'
import { Definitions } from './definitions.ts'
import { HashedFile } from './hashed-file.ts'
import { mergeRows } from './merge-rows.ts'
import { incomplete, runProgram, task, unreadable } from './run-program.ts'
import { DumpSplitter } from './splitter.ts'
import { beginRows, type RowsByWire, readerOf } from './wire-rows.ts'
import { type DumpedDatabase, DumpWriter } from './writer.ts'

export interface DumpProgress {
  /** Bytes read from the client so far. */
  readonly bytes: number
  readonly rows: number
}

export interface DumpOptions {
  readonly signal?: AbortSignal
  readonly now: () => Date
  readonly onProgress?: (progress: DumpProgress) => void
  /** Called with the way by which the dump comes, as a sentence, where there is more than one. */
  readonly onRoute?: (route: string) => void
  /** Called when the first bytes come: the one transaction has begun. */
  readonly onBegun?: () => void
  /** Reads the rows over a connection of our own; without it the dump program writes them. */
  readonly rows?: RowsByWire
  /** Everything but rows, by the dump program, to see what a dump would be. */
  readonly withoutRows?: boolean
  /** What a copy of a database is a copy of: its definitions are digested under that name. */
  readonly copyOf?: (database: string) => string
}

export interface Dump {
  /** When the first bytes came: the one transaction had begun, so nothing in the dump is newer. */
  readonly instant: Date
  readonly databases: readonly DumpedDatabase[]
}

/** The name a dump has while it is written; only a complete one loses the suffix. */
export const partialName = (database: string): string => `${database}.sql.partial`

/**
 * Dumps all databases of the inventory in one transaction, into `<directory>/<name>.sql.partial`. It returns only
 * when the client ended with 0, its last line was seen and every table of the inventory is there; the caller then
 * renames the files. Memory is bounded by the largest row. Without a directory nothing is written, only counted.
 */
export const dumpDatabases = async (
  client: Client,
  inventory: Inventory,
  directory: string | null,
  options: DumpOptions,
): Promise<Dump> => {
  if (inventory.databases.length === 0) return { instant: options.now(), databases: [] }
  await refuseHostileServer(client, options.signal)
  const files = new Map<string, HashedFile>()
  for (const { name } of inventory.databases) {
    files.set(
      name,
      directory === null ? HashedFile.nowhere() : await HashedFile.create(join(directory, partialName(name))),
    )
  }
  try {
    const dump = await dumpInto(files, client, inventory, options)
    await refuseHostileChange(client, options.signal)
    return dump
  } finally {
    for (const file of files.values()) await file.abandon()
  }
}

const dumpInto = async (
  files: ReadonlyMap<string, HashedFile>,
  client: Client,
  inventory: Inventory,
  options: DumpOptions,
): Promise<Dump> => {
  const splitter = new DumpSplitter((name) => {
    const database = inventory.databases.find((candidate) => candidate.name === name)
    const file = files.get(name)
    if (!database || !file) throw new MalformedDump(`it holds the database ${name}, which was not asked for`)
    const writer = new DumpWriter(name, file, options.copyOf?.(name))
    writer.preamble(preambleOf(database, inventory.serverVersion, splitter.preamble))
    return writer
  })
  const instant =
    options.rows === undefined
      ? await allByProgram(client, inventory, splitter, files, options)
      : await rowsByWire(client, inventory, splitter, files, { ...options, rows: options.rows })
  return { instant, databases: await finishAll(splitter, inventory) }
}

/** The dump program writes all of it, in its own transaction. */
const allByProgram = async (
  client: Client,
  inventory: Inventory,
  splitter: DumpSplitter,
  files: ReadonlyMap<string, HashedFile>,
  { signal, now, onProgress, onRoute, onBegun, withoutRows = false }: DumpOptions,
): Promise<Date> => {
  let instant: Date | null = null
  let bytes = 0
  const all = dumpArguments(client, inventory)
  await runProgram(client, withoutRows ? ['--no-data', ...all] : all, splitter, {
    signal,
    onRoute,
    onBytes: (length) => {
      if (instant === null) {
        instant = now()
        onBegun?.()
      }
      bytes += length
    },
    afterBytes: () => {
      onProgress?.({ bytes, rows: splitter.rows })
      return backlogOf(files)
    },
  })
  if (instant === null) throw incomplete('it is empty')
  return instant
}

/** The rows come out of a transaction of our own, which begins first; all else is written by the dump program. */
const rowsByWire = async (
  client: Client,
  inventory: Inventory,
  splitter: DumpSplitter,
  files: ReadonlyMap<string, HashedFile>,
  options: DumpOptions & { readonly rows: RowsByWire },
): Promise<Date> => {
  const { signal, now, onProgress, onRoute, onBegun, rows } = options
  await beginRows(client, rows, signal)
  const instant = now()
  onBegun?.()
  const definitions = new Definitions()
  await runProgram(client, ['--no-data', ...dumpArguments(client, inventory)], definitions, {
    signal,
    onRoute,
    onBytes: () => {},
    afterBytes: () => undefined,
  })
  const catchUp = () => {
    onProgress?.({ bytes: splitter.rowBytes, rows: splitter.rows })
    return backlogOf(files)
  }
  await mergeRows(definitions.parts, splitter, readerOf(client, rows, signal), catchUp).catch((error: Error) => {
    throw error instanceof MalformedDump ? unreadable(client, splitter, error) : error
  })
  return instant
}

/** Waits for the disk when it is behind, so that memory stays bounded. */
const backlogOf = (files: ReadonlyMap<string, HashedFile>): Promise<void> | undefined => {
  const behind = [...files.values()].filter(({ isBehind }) => isBehind)
  return behind.length === 0 ? undefined : Promise.all(behind.map((file) => file.catchUp())).then(() => {})
}

const finishAll = async (splitter: DumpSplitter, inventory: Inventory): Promise<DumpedDatabase[]> => {
  const done: DumpedDatabase[] = []
  for (const { name } of inventory.databases) {
    const writer = splitter.writers.get(name)
    if (!writer)
      throw new UserError({
        message: `${task}: the dump lacks the database ${name}`,
        hint: 'Nothing was kept. Run again.',
      })
    done.push(await writer.finish(splitter.trailer))
  }
  return done
}

/** One client, one transaction, all databases; a row per statement, so that a row is a line. */
export const dumpArguments = (client: Pick<Client, 'programs'>, inventory: Inventory): string[] => [
  '--single-transaction',
  '--quick',
  '--order-by-primary',
  '--skip-extended-insert',
  '--skip-add-locks',
  // The default since MariaDB 11.8: settings and a COMMIT around the rows of every table.
  '--skip-no-autocommit',
  '--skip-dump-date',
  '--comments',
  '--routines',
  '--events',
  '--triggers',
  '--hex-blob',
  '--default-character-set=utf8mb4',
  '--max-allowed-packet=1G',
  // MySQL's own client asks for GTIDs, tablespaces and histograms that a backup of these databases does not need.
  ...(client.programs.flavour === 'mysql'
    ? ['--set-gtid-purged=OFF', '--no-tablespaces', ...columnStatistics(client)]
    : []),
  '--databases',
  ...inventory.databases.map(({ name }) => name),
]

/** Known to mysqldump since 8.0; 5.7 refuses it. */
const columnStatistics = ({ programs }: Pick<Client, 'programs'>): string[] =>
  isServer(programVersion(programs.version), 'mysql', '>=8') ? ['--column-statistics=0'] : []

const preambleOf = (
  { name, characterSet, collation }: ListedDatabase,
  serverVersion: string,
  clientPreamble: readonly string[],
): string[] => [
  `-- Database ${name} of a SeaTable server, saved by seatable-restic`,
  `-- Server version ${serverVersion}`,
  `-- To load it without seatable-restic: mysql ${name} < ${name}.sql`,
  '',
  ...clientPreamble.map((statement) => `${statement};`),
  // Whoever loads it by hand gets the same dates and engines.
  `/*!40101 SET SQL_MODE=${loadingMode} */;`,
  `ALTER DATABASE CHARACTER SET = ${characterSet} COLLATE = ${collation};`,
]

/**
 * What an inventory holds and a dump does not, as sentences; empty when the dump is whole. They name no numbers: what
 * two inventories both hold more of than the dump is the same sentence for both.
 */
export const missingFrom = (dump: Dump, inventory: Inventory): string[] =>
  inventory.databases.flatMap((listed) => {
    const dumped = dump.databases.find(({ name }) => name === listed.name)
    if (!dumped) return [`database ${listed.name}`]
    const tables = new Set(dumped.tables.map(({ name }) => name))
    const lacking = listed.tables
      .filter(({ name, type }) => type !== 'SEQUENCE' && !tables.has(name))
      .map(({ name }) => `table ${listed.name}.${name}`)
    const kinds = ['views', 'triggers', 'routines', 'events'] as const
    return [
      ...lacking,
      ...kinds
        .filter((kind) => dumped.objects[kind] < listed[kind].length)
        .map((kind) => `some of the ${kind} of ${listed.name}`),
    ]
  })
