import { readdir, stat } from 'node:fs/promises'
import type { Config } from '../../config/config.ts'
import { ContainerCli } from '../../engines/container-cli.ts'
import { UserError } from '../../errors.ts'
import { inexactValues } from '../../mysql/proof/inexact-values.ts'
import { askHostileServer } from '../../mysql/server/hostile-server.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import { askLoadingServer } from '../../mysql/server/loading-server.ts'
import { newestBigDataBackup } from '../../mysql/server/newest-big-data-backup.ts'
import { missingForRestore } from '../../mysql/server/restore-rights.ts'
import { hasIdleRole, lackingForDump, readRights } from '../../mysql/server/rights.ts'
import { readServerState } from '../../mysql/server/state.ts'
import { tablesElsewhere } from '../../mysql/server/tables-elsewhere.ts'
import { foreignKeysInto } from '../../mysql/swap/foreign-keys-into.ts'
import { run } from '../../process.ts'
import { localRepository } from '../../restic/local-repository.ts'
import { listLocks } from '../../restic/locks.ts'
import { openRestic, type Restic } from '../../restic/open.ts'
import { canAsk } from '../../seatable/big-data/ask.ts'
import { readBigDataConfig } from '../../seatable/big-data/config.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { askVersion, findVersion, versionOfImage } from '../../seatable/identity.ts'
import { placeOf } from '../../seatable/sources.ts'
import { openDatabase } from '../context/connect.ts'
import type { JobContext } from '../context/job-context.ts'
import { freeAtDatabase } from '../restore/measure.ts'
import { safetyTag } from '../snapshots/health.ts'
import { ownSnapshots, readManifest } from '../snapshots/manifests.ts'
import type { Facts, NewestSnapshot } from './facts.ts'

/** The restic of doctor: what it reads may be kept in restic's cache, unless that is in the state directory. */
export const openQuietRestic = async ({ environment, stateDir }: Config, signal: AbortSignal): Promise<Restic> => {
  const restic = await openRestic(environment.restic, { signal })
  const cache = environment.restic.RESTIC_CACHE_DIR ?? ''
  return cache.startsWith(`${stateDir}/`) ? { ...restic, globalOptions: ['--no-cache'] } : restic
}

export const gatherRepository = async (
  restic: Restic,
  config: Config,
  signal: AbortSignal,
): Promise<Facts['repository']> => {
  const [snapshots, locks, device] = await Promise.all([
    ownSnapshots(restic, config, { signal }),
    listLocks(restic, { signal }),
    deviceOfRepository(config.environment.restic),
  ])
  return { snapshots, locks, device }
}

const deviceOfRepository = async (environment: Readonly<Record<string, string>>): Promise<number | null> => {
  const path = await localRepository(environment)
  if (path === null) return null
  return stat(path).then(
    ({ dev }) => dev,
    () => null,
  )
}

/** One that a restore in place took of what it replaced is no backup of tonight. */
export const gatherNewest = async (
  restic: Restic,
  config: Config,
  { snapshots }: Facts['repository'],
  signal: AbortSignal,
): Promise<NewestSnapshot | null> => {
  const snapshot = snapshots.findLast(({ tags }) => !tags.includes(safetyTag))
  if (snapshot === undefined) return null
  try {
    const manifest = await readManifest(restic, config, snapshot, { signal, keep: false })
    return { snapshot, manifest, problem: null }
  } catch (error) {
    if (!(error instanceof UserError) || signal.aborted) throw error
    return { snapshot, manifest: null, problem: error.message }
  }
}

export const gatherHost = async ({ environment, dbPassword }: Config): Promise<Facts['host']> => {
  const flock = await run({ file: 'flock', args: ['--version'], env: environment.tools }, { timeout: 5000 })
  const passwordFiles = [
    environment.restic.RESTIC_PASSWORD_FILE ?? '',
    dbPassword?.from === 'file' ? dbPassword.path : '',
  ].filter((path) => path !== '')
  const open = await Promise.all(
    passwordFiles.map(async (path) => {
      const { mode } = await stat(path).catch(() => ({ mode: 0 }))
      return (mode & 0o004) === 0 ? [] : [path]
    }),
  )
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  return { hasFlock: flock.startError === null, openPasswordFiles: open.flat(), processes: new Set(processes) }
}

/** Asks SeaTable for its version only: a verb that its script does not know would restart it. */
export const gatherBigData = async (
  { environment }: Config,
  installation: Installation,
  signal: AbortSignal,
): Promise<Facts['bigData']> => {
  const { dataDir, server } = installation
  const [version, silence, bases] = await Promise.all([
    runningVersion(installation, environment.tools, signal),
    canAsk('backup-all', server, { environment: environment.tools, signal }),
    dataDir === null ? [] : readdir(placeOf(installation, dataDir, 'db-data')).catch(() => []),
  ])
  return {
    version,
    silence,
    bases: bases.filter((name) => /^[0-9a-f-]{32,36}$/.test(name)).length,
    config: await readBigDataConfig(
      dataDir,
      server?.container.environment ?? {},
      version ?? (await findVersion({ server: null, dataDir }, environment.tools, signal)),
    ),
  }
}

/** Not what the first start of a SeaTable has written down, which no upgrade changes. */
const runningVersion = async (
  { server }: Installation,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string | null> => {
  if (!server?.container.running) return null
  const { cli, container } = server
  return (
    (await askVersion(new ContainerCli(cli, environment), container.name, signal)) ?? versionOfImage(container.image)
  )
}

export const gatherDatabase = async (
  context: JobContext,
  installation: Installation,
  signal: AbortSignal,
): Promise<Facts['database']> => {
  const { now } = context
  const client = await openDatabase(installation, { ...context, signal })
  const before = now().getTime()
  const server = await readServerState(client, signal)
  const between = (before + now().getTime()) / 2
  const inventory = await takeInventory(client, installation.databaseNames, signal)
  const rights = await readRights(client, signal)
  return {
    place: client.place,
    programs: client.programs,
    inventory,
    server,
    loading: await askLoadingServer(client, signal),
    hostile: await askHostileServer(client, signal),
    clockOffset: server.clock - between,
    elsewhere: await tablesElsewhere(client, inventory.databases),
    inexact: await inexactValues(client, inventory.databases, signal),
    keysIn: await foreignKeysInto(client, installation.databaseNames),
    lacking: {
      dump: lackingForDump(rights, installation.databaseNames),
      restore: missingForRestore(rights),
    },
    hasIdleRole: hasIdleRole(rights),
    newestBigDataBackup: await newestBigDataBackup(client, installation.databaseNames, signal),
    free: await freeAtDatabase(client, inventory.dataDirectory),
  }
}
