import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { clientFailure, errorNumber } from '../client/failures.ts'
import { loadingMode } from '../client/fixed-variables.ts'
import { refuseHostileChange, refuseHostileServer } from '../server/hostile-server.ts'
import type { Inventory, ListedDatabase } from '../server/inventory.ts'
import { MalformedDump } from '../sql/malformed-dump.ts'
import { isServer, programVersion } from '../sql/server-version.ts'
import { StatementReader } from '../sql/statement-reader.ts'
import { HashedFile } from './hashed-file.ts'
import { DumpSplitter } from './splitter.ts'
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
  /** What a copy of a database is a copy of: its definitions are digested under that name. */
  readonly copyOf?: (database: string) => string
}

export interface Dump {
  /** When the first bytes came: the one transaction had begun, so nothing in the dump is newer. */
  readonly instant: Date
  readonly databases: readonly DumpedDatabase[]
}

/** A table's definition changed under the dump (error 1412): a second try can succeed. */
export class DefinitionChanged extends UserError {}

/** The name a dump has while it is written; only a complete one loses the suffix. */
export const partialName = (database: string): string => `${database}.sql.partial`

const task = 'Dumping the databases'

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
    const dump = await splitStream(client, inventory, files, options)
    await refuseHostileChange(client, options.signal)
    return dump
  } finally {
    for (const file of files.values()) await file.abandon()
  }
}

const splitStream = async (
  client: Client,
  inventory: Inventory,
  files: ReadonlyMap<string, HashedFile>,
  { signal, now, onProgress, onRoute, onBegun, copyOf }: DumpOptions,
): Promise<Dump> => {
  const splitter = new DumpSplitter((name) => {
    const database = inventory.databases.find((candidate) => candidate.name === name)
    const file = files.get(name)
    if (!database || !file) throw new MalformedDump(`it holds the database ${name}, which was not asked for`)
    const writer = new DumpWriter(name, file, copyOf?.(name))
    writer.preamble(preambleOf(database, inventory.serverVersion, splitter.preamble))
    return writer
  })
  const reader = new StatementReader(splitter)
  const running = await client.startDump(dumpArguments(client, inventory), signal ? { signal } : {})
  if (running.route !== null) onRoute?.(running.route)

  let instant: Date | null = null
  let bytes = 0
  const broken = await failureOf(
    running.read((chunk) => {
      if (instant === null) {
        instant = now()
        onBegun?.()
      }
      bytes += chunk.length
      reader.write(chunk)
      onProgress?.({ bytes, rows: splitter.rows })
      return backlogOf(files)
    }),
  )
  if (broken !== null) await running.kill()
  const ended = await running.ended

  if (ended.aborted) throw new UserError({ message: `${task}: interrupted`, hint: 'Nothing was kept. Run again.' })
  if (broken !== null && !(broken instanceof MalformedDump)) throw writeFailure(broken)
  if (ended.exitCode !== 0 && broken === null) {
    const failure = clientFailure(task, client.place, ended)
    throw errorNumber(ended.stderr) === 1412
      ? new DefinitionChanged({ message: failure.message, hint: failure.hint })
      : failure
  }
  if (broken !== null) {
    throw new UserError({
      message: `${task}: what ${client.programs.dump} writes cannot be read (${splitter.place}): ${broken.message}`,
      hint: 'Nothing was kept. Look at what is named here on the server; if it is right, please report it.',
    })
  }
  const cut = cutOf(reader, splitter)
  if (cut !== null || instant === null) {
    throw new UserError({
      message: `${task}: the dump is not complete: ${cut?.message ?? 'it is empty'}`,
      hint: 'Nothing was kept. Look at the database server’s log, then run again.',
    })
  }
  return { instant, databases: await finishAll(splitter, inventory) }
}

/** What shows that the stream has not come to its own end; null when it has. */
const cutOf = (reader: StatementReader, splitter: DumpSplitter): MalformedDump | null => {
  try {
    reader.end()
  } catch (error) {
    if (error instanceof MalformedDump) return error
    throw error
  }
  return splitter.completed ? null : new MalformedDump('the client’s last line is missing')
}

/** What went wrong on our side, instead of an exception, so that the client can be ended first. */
const failureOf = (reading: Promise<void>): Promise<Error | null> =>
  reading.then(
    () => null,
    (error: Error) => error,
  )

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

/** What a write into the staging area that fails means. */
export const writeFailure = (error: Error): UserError =>
  (error as NodeJS.ErrnoException).code === 'ENOSPC'
    ? new UserError({
        message: `${task}: the disk of the staging area is full`,
        hint: 'Free space there, or move SEATABLE_RESTIC_STATE_DIR.',
      })
    : new UserError({ message: `${task}: ${error.message}`, hint: 'Nothing was kept. Run again.', cause: error })

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
