import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { type Container, ContainerCli } from '../engines/containers.ts'
import { exitCodes, UserError } from '../errors.ts'

/** Where a SeaTable server was found: how its database is reached, its server container, its data directory. */
export interface Installation {
  readonly database: { readonly engine: 'docker' | 'podman'; readonly container: string } | { readonly engine: 'none' }
  /** The container of the SeaTable server; null when there is none. */
  readonly server: PlacedContainer | null
  /** Every container that writes to SeaTable's databases or files, in the order in which they are stopped. */
  readonly writers: readonly PlacedContainer[]
  /** Redis and Memcached: what they hold is of the data that was live. */
  readonly caches: readonly PlacedContainer[]
  /** Null when nothing was found: a new machine. */
  readonly dataDir: string | null
}

/** A container, and the program that stops and starts it. */
export interface PlacedContainer {
  readonly cli: 'docker' | 'podman'
  readonly container: Container
}

/** Names of the official compose files, newest first. */
const databaseNames = ['mariadb', 'seatable-mysql', 'seatable-db']
const serverNames = ['seatable-server', 'seatable']
const cacheNames = ['redis', 'seatable-redis', 'memcached', 'seatable-memcached']
/** What else writes, jobs before the services that they call. */
const otherWriterNames = [
  'ofelia',
  'python-pipeline-runner',
  'python-pipeline-starter',
  'python-pipeline-scheduler',
  'python-runner',
  'python-starter',
  'python-scheduler',
  'seatable-ai',
  'seadoc',
  'sdoc-server',
  'dtable-server',
]
const knownDataDirs = ['/opt/seatable-server/seatable', '/opt/seatable/seatable-data/seatable']

/** Directories that every SeaTable has; a directory that holds one of them is taken for its data directory. */
export const coreDirectories = ['seafile-data', 'seahub-data', 'storage-data']

/** Finds the installation: what is configured is taken at its word, the rest is looked for. */
export const findInstallation = async (config: Config, signal?: AbortSignal): Promise<Installation> => {
  const found = await findContainers(config, signal)
  const server = findServer(config, found)
  return {
    database: findDatabase(config, found),
    server,
    writers: [...around(config, found, otherWriterNames), ...(server === null ? [] : [server])],
    caches: around(config, found, cacheNames),
    dataDir: await findDataDir(config, server?.container ?? null),
  }
}

/** Said of the server container: SeaTable runs in none, and the containers of this host are not its own. */
export const noServerContainer = 'none'

const findContainers = async (config: Config, signal: AbortSignal | undefined): Promise<Found[]> => {
  if (config.engine === 'none' && config.serverContainer === noServerContainer) return []
  const clis = await answeringClis(config, signal)
  return Promise.all(clis.map(async (cli) => ({ cli, containers: await cli.list(signal) })))
}

const around = (config: Config, found: readonly Found[], names: readonly string[]): PlacedContainer[] =>
  config.serverContainer === noServerContainer ? [] : names.flatMap((name) => named(found, name))

interface Found {
  readonly cli: ContainerCli
  readonly containers: readonly Container[]
}

/** An engine that is named must answer; of the others, those that do are asked. */
const answeringClis = async (config: Config, signal: AbortSignal | undefined): Promise<ContainerCli[]> => {
  const names =
    config.engine === 'docker' || config.engine === 'podman' ? [config.engine] : (['docker', 'podman'] as const)
  const clis: ContainerCli[] = []
  for (const name of names) {
    const cli = new ContainerCli(name, config.environment.tools)
    if (await cli.answers(signal)) clis.push(cli)
    else if (config.engine === name) {
      throw new UserError(
        `${name} does not answer`,
        `Start ${name}, run as a user who may use it, or set SEATABLE_RESTIC_ENGINE=none for a database without a container.`,
      )
    }
  }
  return clis
}

const findDatabase = (config: Config, found: readonly Found[]): Installation['database'] => {
  if (config.engine === 'none') return { engine: 'none' }
  if (config.dbContainer === null && (config.dbSocket !== null || config.dbHost !== null)) return { engine: 'none' }
  if (config.dbContainer !== null) {
    const { dbContainer } = config
    const owner = found.find(({ containers }) => containers.some((container) => isNamed(container, dbContainer)))
    if (!owner) throw noContainer(`There is no container named ${dbContainer}`, found)
    return { engine: owner.cli.cli, container: dbContainer }
  }
  const candidates = found.flatMap(({ cli, containers }) => {
    const named = containers.filter(({ name }) => databaseNames.includes(name))
    const fitting = named.length > 0 ? named : containers.filter(holdsDatabase)
    return fitting.map((container) => ({ engine: cli.cli, container: container.name, running: container.running }))
  })
  const running = candidates.filter((candidate) => candidate.running)
  const [only, ...others] = running.length > 0 ? running : candidates
  if (!only) throw noContainer('No container of a MariaDB or MySQL server was found', found)
  if (others.length > 0) {
    throw new UserError(
      `More than one container may be SeaTable’s database: ${[only, ...others].map(({ container }) => container).join(', ')}`,
      'Name the right one in SEATABLE_RESTIC_DB_CONTAINER.',
      exitCodes.usage,
    )
  }
  return { engine: only.engine, container: only.container }
}

const isNamed = (container: Container, name: string): boolean =>
  container.name === name || (name.length >= 12 && container.id.startsWith(name))

const holdsDatabase = ({ mounts }: Container): boolean =>
  mounts.some(({ destination }) => destination === '/var/lib/mysql')

const noContainer = (message: string, found: readonly Found[]): UserError => {
  const names = found.flatMap(({ containers }) => containers.map(({ name }) => name))
  const seen = names.length === 0 ? 'No container is running here.' : `Seen here: ${names.slice(0, 10).join(', ')}.`
  return new UserError(
    message,
    `${seen} Name it in SEATABLE_RESTIC_DB_CONTAINER, or set SEATABLE_RESTIC_ENGINE=none for a database without a container.`,
    exitCodes.usage,
  )
}

const placed = (found: readonly Found[], fits: (container: Container) => boolean): PlacedContainer[] =>
  found.flatMap(({ cli, containers }) => containers.filter(fits).map((container) => ({ cli: cli.cli, container })))

const named = (found: readonly Found[], name: string): PlacedContainer[] =>
  placed(found, (container) => container.name === name)

const findServer = (config: Config, found: readonly Found[]): Installation['server'] => {
  if (config.serverContainer === noServerContainer) return null
  if (config.serverContainer !== null) {
    const { serverContainer } = config
    const [server] = placed(found, (container) => isNamed(container, serverContainer))
    if (!server) {
      throw new UserError(
        `There is no container named ${serverContainer}`,
        'Correct SEATABLE_RESTIC_SERVER_CONTAINER, or remove it to let the server be found.',
        exitCodes.usage,
      )
    }
    return server
  }
  return placed(found, ({ name }) => serverNames.includes(name))[0] ?? null
}

/** The configured one, else what the server container mounts at `/shared`, else the paths of the manuals. */
const findDataDir = async (config: Config, server: Container | null): Promise<string | null> => {
  if (config.dataDir !== null) return (await isDirectory(config.dataDir)) ? realpath(config.dataDir) : config.dataDir
  const shared = server?.mounts.find(({ destination }) => destination === '/shared')?.source
  const candidates = shared ? [join(shared, 'seatable')] : knownDataDirs
  for (const candidate of candidates) {
    for (const name of coreDirectories) {
      if (await isDirectory(join(candidate, name))) return realpath(candidate)
    }
  }
  return shared ? join(shared, 'seatable') : null
}

export const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
