import { readFile, realpath, stat } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { parseEnv } from 'node:util'
import type { Config } from '../../config/config.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { readConf } from './conf-files.ts'
import type { Generation } from './generation.ts'
import { hostPath, type PlacedContainer } from './host-containers.ts'
import { readsConf } from './object-storage.ts'

/** Directories that every SeaTable has; a directory that holds one of them is taken for its data directory. */
export const coreDirectories = ['seafile-data', 'seahub-data', 'storage-data']

const knownDataDirs = ['/opt/seatable-server/seatable', '/opt/seatable/seatable-data/seatable']
/** Compose’s own variables: in some years the manual had the volume in one of them. */
const knownEnvFiles = ['/opt/seatable-compose/.env', '/opt/seatable/.env']
const volumeVariables = ['SEATABLE_VOLUMES', 'SEATABLE_VOLUME']

export interface FoundDataDir {
  /** Null when nothing was found: a new machine. */
  readonly dataDir: string | null
  readonly why: string
}

/** The configured one, else what the server container mounts at `/shared`, else the paths of the manuals. */
export const findDataDir = async (config: Config, server: PlacedContainer | null): Promise<FoundDataDir> => {
  const { dataDir } = config
  if (dataDir !== null) return { dataDir: await resolved(dataDir), why: 'SEATABLE_RESTIC_DATA_DIR names it' }
  const shared = server === null ? null : hostPath(server, '/shared/seatable')
  if (shared !== null) {
    return {
      dataDir: await resolved(shared),
      why: `the container ${server?.container.name} mounts it at /shared/seatable`,
    }
  }
  const known = new Map<string, string>()
  const ofEnvFiles = (await volumesOfEnvFiles()).map(({ volume, file }) => ({
    path: join(volume, 'seatable'),
    why: `${file} says so`,
  }))
  for (const { path, why } of [...knownDataDirs.map(ofManual), ...ofEnvFiles]) {
    if (await holdsData(path)) known.set(await realpath(path), why)
  }
  const [only, ...others] = known.keys()
  if (others.length === 0) {
    return only === undefined
      ? { dataDir: null, why: `no container mounts it, and there is none at ${knownDataDirs.join(' or ')}` }
      : { dataDir: only, why: known.get(only) ?? '' }
  }
  throw new UserError({
    message: `More than one directory may be SeaTable’s: ${[only, ...others].join(', ')}`,
    hint: 'Name the right one in SEATABLE_RESTIC_DATA_DIR.',
    exitCode: exitCodes.usage,
  })
}

const ofManual = (path: string): { path: string; why: string } => ({ path, why: 'the manual has it there' })

/** Where compose is told to put SeaTable’s volume, by the env files that are where the manual has them. */
export const volumesOfEnvFiles = async (): Promise<{ readonly volume: string; readonly file: string }[]> => {
  const found: { volume: string; file: string }[] = []
  for (const file of knownEnvFiles) {
    const variables = parseEnv(await readFile(file, 'utf8').catch(() => ''))
    for (const name of volumeVariables) {
      const volume = variables[name]
      if (volume?.startsWith('/')) found.push({ volume: normalize(volume).replace(/(?<=.)\/$/, ''), file })
    }
  }
  return found
}

/** Without symbolic links, if it is there. */
export const resolved = (path: string): Promise<string> => realpath(path).catch(() => path)

export const holdsData = async (path: string): Promise<boolean> => {
  for (const name of coreDirectories) if (await isDirectory(join(path, name))) return true
  return false
}

export interface Elsewhere {
  readonly name: string
  /** Null when it is nowhere on this host: inside the container, or on another one. */
  readonly path: string | null
  readonly why: string
}

/** Directories of the data directory that are not in it: mounted by themselves, or at another path by configuration. */
export const findElsewhere = async (
  server: PlacedContainer | null,
  dataDir: string | null,
  names: readonly string[],
  generation: Generation | null,
): Promise<Elsewhere[]> => {
  if (dataDir === null) return []
  const storage = await configuredStorage(server, dataDir, generation)
  // A data directory that the server does not mount is another view of the data: a snapshot of the filesystem.
  const mounting = server !== null && (await isDataOf(server, dataDir)) ? server : null
  const found: Elsewhere[] = []
  for (const name of names) {
    const inside = name === 'storage-data' && storage !== null ? storage.path : `/shared/seatable/${name}`
    const path = mounting === null ? withoutMounts(inside, dataDir, server) : hostPath(mounting, inside)
    if (path !== null && (await resolved(path)) === (await resolved(join(dataDir, name)))) continue
    const how = storage !== null && name === 'storage-data' ? `${storage.from} says ${inside}` : null
    found.push({ name, path, why: how ?? `${mounting?.container.name} mounts it at ${inside}` })
  }
  return found
}

const isDataOf = async (server: PlacedContainer, dataDir: string): Promise<boolean> => {
  const shared = hostPath(server, '/shared/seatable')
  return shared !== null && (await resolved(shared)) === dataDir
}

/** Where the storage server keeps its files, as it is told; null when it is told nothing, or the usual place. */
const configuredStorage = async (
  server: PlacedContainer | null,
  dataDir: string,
  generation: Generation | null,
): Promise<{ readonly path: string; readonly from: string } | null> => {
  const variable = server?.container.environment.STORAGE_SERVER_FS_PATH
  const { path: ofConf } =
    (await readConf(readsConf(generation) ? dataDir : null, 'dtable-storage-server.conf'))['storage backend'] ?? {}
  const path = variable || ofConf
  if (!path?.startsWith('/')) return null
  // Inside the container `/opt/seatable` holds links into the volume.
  const inside = normalize(path)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/opt\/seatable\//, '/shared/seatable/')
  const from = variable ? 'STORAGE_SERVER_FS_PATH' : 'conf/dtable-storage-server.conf'
  return inside === '/shared/seatable/storage-data' ? null : { path: inside, from }
}

/** A path of a container’s own means nothing here. */
const withoutMounts = (inside: string, dataDir: string, server: PlacedContainer | null): string | null => {
  if (inside.startsWith('/shared/seatable/')) return join(dataDir, inside.slice('/shared/seatable/'.length))
  return server === null ? inside : null
}

export const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
