import type { Config } from '../../config/config.ts'
import { UserError } from '../../errors.ts'
import { findCaches } from './caches.ts'
import { type Compose, findCertificates, findCompose, findLicence } from './compose.ts'
import { type Elsewhere, findDataDir, findElsewhere } from './data-directory.ts'
import {
  containerOf,
  type Database,
  type DatabaseAddress,
  databaseAddress,
  findDatabase,
  findDatabaseNames,
} from './database.ts'
import { type Finding, findingsOf } from './findings.ts'
import { type Generation, generationOf } from './generation.ts'
import { type HostContainers, listHostContainers, noServerContainer, type PlacedContainer } from './host-containers.ts'
import { type Bucket, directoriesInBuckets, findBuckets } from './object-storage.ts'
import { findServer } from './server.ts'
import { findSetup, type SetupPath } from './setup-paths.ts'
import { findWriters } from './writers.ts'

/** Where a SeaTable server was found: how its database is reached, its server container, its data directory. */
export interface Installation {
  readonly database: Database
  /** The databases that are saved. */
  readonly databaseNames: readonly string[]
  /** The database server as SeaTable reaches it when that is no container here; null otherwise, and when unknown. */
  readonly externalDatabase: DatabaseAddress | null
  /** The container of the SeaTable server; null when there is none. */
  readonly server: PlacedContainer | null
  /** Every container that writes to SeaTable's databases or files, in the order in which they are stopped. */
  readonly writers: readonly PlacedContainer[]
  /** Redis and Memcached: what they hold is of the data that was live. */
  readonly caches: readonly PlacedContainer[]
  /** Null when nothing was found: a new machine. */
  readonly dataDir: string | null
  /** Directories of the data directory that do not lie in it. */
  readonly elsewhere: readonly Elsewhere[]
  /** What lies in object storage, and in no directory. */
  readonly buckets: readonly Bucket[]
  /** Null when nothing was made by compose, or what made it is not on this host. */
  readonly compose: Compose | null
  /** The licence file on this host. */
  readonly licence: string | null
  /** Directories with certificates on this host. */
  readonly certificates: readonly string[]
  /** What a bare machine needs besides the data: saved when no extra paths are configured. */
  readonly setupPaths: readonly SetupPath[]
  /** What belongs to that and is not saved, as sentences. */
  readonly setupWarnings: readonly string[]
  /** The layout, as SeaTable’s manuals had it one after the other; null without a server container. */
  readonly generation: Generation | null
  /** What was found, and why: for people, without secrets. */
  readonly findings: readonly Finding[]
}

/** Finds the installation: what is configured is taken at its word, the rest is looked for. */
export const findInstallation = async (config: Config, signal?: AbortSignal): Promise<Installation> => {
  const here = await listHostContainers(config, signal)
  const foundServer = await findServer(config, here)
  const server = foundServer?.server ?? null
  refuseSilentEngine(config, here, server)
  const { dataDir, why: whyData } = await findDataDir(config, server)
  const address = await databaseAddress(server, dataDir)
  const { database, why: whyDatabase } = findDatabase(config, here, server, address)
  const { names, why: whyNames } = await findDatabaseNames(config, server, dataDir)
  const [writers, caches] = [findWriters(here, server), findCaches(here, server)]
  const compose = await findCompose(server, dataDir)
  const licence = await findLicence(server, dataDir)
  const certificates = await findCertificates(here, server, dataDir)
  const setup = {
    compose: compose?.compose ?? null,
    licence: licence?.path ?? null,
    certificates: certificates.map(({ path }) => path),
  }
  const generation = await generationOf(here, server, dataDir)
  const layout = generation?.generation ?? null
  const buckets = await findBuckets(server, dataDir, layout)
  const inBuckets = directoriesInBuckets(buckets)
  const onDisk = config.dataPaths.filter((name) => !inBuckets.includes(name))
  const elsewhere = await findElsewhere(server, dataDir, [...onDisk, 'db-data'], layout)
  const { paths: setupPaths, warnings: setupWarnings } = await findSetup(config, here, {
    server,
    ...setup,
    dataDirs: [dataDir, ...elsewhere.map(({ path }) => path)].filter((path) => path !== null),
  })
  return {
    database,
    databaseNames: names,
    externalDatabase: containerOf(database) === null ? address : null,
    server,
    writers,
    caches,
    dataDir,
    elsewhere,
    buckets,
    setupPaths,
    setupWarnings,
    ...setup,
    generation: layout,
    findings: findingsOf({
      server: { placed: server, why: foundServer?.why ?? whyNoServer(config, here) },
      generation,
      database: { found: database, why: whyDatabase },
      databases: { names, why: whyNames },
      dataDir: { path: dataDir, why: whyData },
      elsewhere,
      buckets,
      writers,
      caches,
      compose,
      licence,
      certificates,
      setupPaths,
    }),
  }
}

const whyNoServer = ({ serverContainer }: Config, { containers }: HostContainers): string =>
  serverContainer === noServerContainer
    ? 'SEATABLE_RESTIC_SERVER_CONTAINER is none'
    : `none of ${containers.length} containers here looks like it`

/**
 * With the database on this host nothing else would notice: a restore would stop nothing, and SeaTable would write on.
 */
const refuseSilentEngine = (
  { engine: configured, serverContainer }: Config,
  { silent }: HostContainers,
  server: PlacedContainer | null,
) => {
  const [engine] = silent
  if (engine === undefined || configured !== 'none' || server !== null || serverContainer === noServerContainer) return
  throw new UserError({
    message: `${engine.cli} ${engine.why}: whether SeaTable runs in one of its containers cannot be told`,
    hint: `${engine.hint} If SeaTable runs in no container, set SEATABLE_RESTIC_SERVER_CONTAINER=none.`,
  })
}
