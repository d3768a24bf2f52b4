import type { Config } from '../../config/config.ts'
import type { ContainerProgram } from '../../engine-names.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { isSystemDatabase } from '../../system-databases.ts'
import { readConf } from './conf-files.ts'
import {
  type HostContainers,
  isNamed,
  isSameProject,
  type PlacedContainer,
  reaches,
  roleNameOf,
  sharedNetworks,
  silence,
} from './host-containers.ts'
import { databaseNames, isDatabase } from './roles.ts'

/** A database in a container, and the program that keeps it. */
export interface ContainedDatabase {
  readonly engine: ContainerProgram
  readonly container: string
}

export type Database = ContainedDatabase | { readonly engine: 'none' }

/** The container of the database; null when it runs in none. */
export const containerOf = (database: Database): ContainedDatabase | null =>
  database.engine === 'none' ? null : database

/** The database server as SeaTable’s server reaches it. */
export interface DatabaseAddress {
  readonly host: string
  readonly port: number | null
  /** Where SeaTable is told. */
  readonly from: string
}

/** What the server is told in its environment, newest first. */
const hostVariables = ['SEATABLE_MYSQL_DB_HOST', 'DB_HOST', 'MARIADB_HOST']
const portVariables = ['SEATABLE_MYSQL_DB_PORT', 'DB_PORT', 'MARIADB_PORT']

/** Which database server SeaTable uses, by its environment or its conf; null when neither says. */
export const databaseAddress = async (
  server: PlacedContainer | null,
  dataDir: string | null,
): Promise<DatabaseAddress | null> => {
  const environment = server?.container.environment ?? {}
  const variable = hostVariables.find((name) => environment[name])
  if (variable !== undefined) {
    const port = portVariables.map((name) => environment[name]).find((text) => text)
    return { host: environment[variable] ?? '', port: portOf(port), from: variable }
  }
  const { database = {} } = await readConf(dataDir, 'seafile.conf')
  return database.host ? { host: database.host, port: portOf(database.port), from: 'conf/seafile.conf' } : null
}

const portOf = (text: string | undefined): number | null => (/^\d+$/.test(text ?? '') ? Number(text) : null)

export interface FoundDatabase {
  readonly database: Database
  readonly why: string
}

/** How the database is reached. Throws when nothing fits, when more than one does, and when it is on another host. */
export const findDatabase = (
  config: Config,
  here: HostContainers,
  server: PlacedContainer | null,
  address: DatabaseAddress | null,
): FoundDatabase => {
  if (config.engine === 'none') return { database: { engine: 'none' }, why: 'SEATABLE_RESTIC_ENGINE is none' }
  if (config.dbContainer !== null) return namedDatabase(config.dbContainer, here)
  if (server !== null && address !== null) return databaseOf(server, address, here)
  const all = here.containers.filter(isDatabase)
  const near = server === null ? [] : all.filter((placed) => isNear(placed, server))
  const named = here.containers.filter((placed) => databaseNames.includes(roleNameOf(placed)))
  if (near.length > 0) return only(near, `it is the database beside ${server?.container.name}`)
  if (named.length > 0) return only(named, 'it has the name of the manual')
  return only(all, 'it mounts /var/lib/mysql or runs the image of a database', here)
}

const isNear = (placed: PlacedContainer, server: PlacedContainer): boolean =>
  isSameProject(placed, server) || sharedNetworks(placed, server).length > 0

const namedDatabase = (name: string, here: HostContainers): FoundDatabase => {
  const placed = here.containers.find((one) => isNamed(one, name))
  if (placed === undefined) throw noContainer(`There is no container named ${name}`, here)
  return {
    database: { engine: placed.cli, container: name },
    why: 'SEATABLE_RESTIC_DB_CONTAINER names it',
  }
}

/** What a container calls the host that it runs on. */
const thisHost = /^(localhost|127\..*|::1|host\.docker\.internal|host\.containers\.internal)$/

/** The container that answers to the name by which the server reaches its database. */
const databaseOf = (
  server: PlacedContainer,
  address: DatabaseAddress,
  { containers }: HostContainers,
): FoundDatabase => {
  const { host, port, from } = address
  const told = `${server.container.name} is told ${host} by ${from}`
  const found = containers.flatMap((placed) => {
    const how = placed === server || !isDatabase(placed) ? null : reaches(server, placed, host)
    return how === null ? [] : [{ placed, how }]
  })
  // On a shared network another project’s database can have the same name.
  const own = found.filter(({ placed }) => isSameProject(placed, server))
  const fitting = own.length > 0 ? own : found
  if (fitting.length > 0) {
    const how = fitting[0]?.how ?? ''
    return only(
      fitting.map(({ placed }) => placed),
      `${told}, and that is this container ${how}`,
    )
  }
  const seenFromHere = thisHost.test(host) ? '127.0.0.1' : host
  throw new UserError({
    message: `${server.container.name} uses the database server ${host}, and no database container here is known to it by that name`,
    hint: `Set SEATABLE_RESTIC_ENGINE=none, SEATABLE_RESTIC_DB_HOST=${seenFromHere}${port === null ? '' : `, SEATABLE_RESTIC_DB_PORT=${port}`} and SEATABLE_RESTIC_DB_PASSWORD_FILE; or name a container of this host in SEATABLE_RESTIC_DB_CONTAINER.`,
    exitCode: exitCodes.usage,
  })
}

/** One that runs goes before one that does not. */
const only = (candidates: readonly PlacedContainer[], why: string, here?: HostContainers): FoundDatabase => {
  const running = candidates.filter(({ container }) => container.running)
  const [first, ...others] = running.length > 0 ? running : candidates
  if (first === undefined) {
    throw noContainer('No container of a MariaDB or MySQL server was found', here ?? { containers: [], silent: [] })
  }
  if (others.length === 0) return { database: { engine: first.cli, container: first.container.name }, why }
  throw new UserError({
    message: `More than one container may be SeaTable’s database: ${[first, ...others].map(({ container }) => container.name).join(', ')}`,
    hint: 'Name the right one in SEATABLE_RESTIC_DB_CONTAINER.',
    exitCode: exitCodes.usage,
  })
}

const noContainer = (message: string, { containers, silent }: HostContainers): UserError => {
  const [unheard] = silent
  if (unheard !== undefined) return silence(unheard)
  const names = containers.map(({ container }) => container.name)
  const seen = names.length === 0 ? 'No container is running here.' : `Seen here: ${names.slice(0, 10).join(', ')}.`
  return new UserError({
    message,
    hint: `${seen} Name it in SEATABLE_RESTIC_DB_CONTAINER, or set SEATABLE_RESTIC_ENGINE=none for a database without a container.`,
    exitCode: exitCodes.usage,
  })
}

const usualNames = { ccnet: 'ccnet_db', seafile: 'seafile_db', dtable: 'dtable_db' } as const

export interface FoundNames {
  readonly names: readonly string[]
  readonly why: string
}

/** The names of the databases: configured, else what the server is told by its environment or its conf. */
export const findDatabaseNames = async (
  config: Config,
  server: PlacedContainer | null,
  dataDir: string | null,
): Promise<FoundNames> => {
  if (config.databases !== null) return { names: config.databases, why: 'SEATABLE_RESTIC_DATABASES names them' }
  const ofConf: Record<string, () => Promise<string | undefined>> = {
    ccnet: async () => (await readConf(dataDir, 'ccnet.conf')).database?.db,
    seafile: async () => (await readConf(dataDir, 'seafile.conf')).database?.db_name,
    dtable: async () => (await readConf(dataDir, 'dtable-events.conf')).database?.db_name,
  }
  const names: string[] = []
  const sources = new Set<string>()
  for (const [part, usual] of Object.entries(usualNames)) {
    const told = server?.container.environment[`SEATABLE_MYSQL_DB_${part.toUpperCase()}_DB_NAME`]
    const conf = told ? undefined : await ofConf[part]?.()
    const name = told || conf || usual
    refuseName(name, told ? `SEATABLE_MYSQL_DB_${part.toUpperCase()}_DB_NAME` : 'conf')
    if (!names.includes(name)) names.push(name)
    sources.add(
      told
        ? `${server?.container.name} is told so by SEATABLE_MYSQL_DB_…_DB_NAME`
        : conf
          ? 'conf says so'
          : 'the usual names',
    )
  }
  return { names, why: [...sources].join('; ') }
}

const refuseName = (name: string, from: string): void => {
  if (/^[A-Za-z0-9_$][A-Za-z0-9_$-]{0,63}$/.test(name) && !isSystemDatabase(name)) return
  throw new UserError({
    message: `${from} names a database that cannot be SeaTable’s: ${JSON.stringify(name)}`,
    hint: 'Name SeaTable’s databases in SEATABLE_RESTIC_DATABASES.',
    exitCode: exitCodes.usage,
  })
}
