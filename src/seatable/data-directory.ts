import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { exitCodes, UserError } from '../errors.ts'
import { hostPath, type PlacedContainer } from './here.ts'

/** Directories that every SeaTable has; a directory that holds one of them is taken for its data directory. */
export const coreDirectories = ['seafile-data', 'seahub-data', 'storage-data']

const knownDataDirs = ['/opt/seatable-server/seatable', '/opt/seatable/seatable-data/seatable']

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
  const known: string[] = []
  for (const path of knownDataDirs) if (await holdsData(path)) known.push(await realpath(path))
  const [only, ...others] = new Set(known)
  if (others.length === 0) {
    return only === undefined
      ? { dataDir: null, why: `no container mounts it, and there is none at ${knownDataDirs.join(' or ')}` }
      : { dataDir: only, why: `it is where the manual has it, and holds ${coreDirectories.join(', ')}` }
  }
  throw new UserError(
    `More than one directory may be SeaTable’s: ${[only, ...others].join(', ')}`,
    'Name the right one in SEATABLE_RESTIC_DATA_DIR.',
    exitCodes.usage,
  )
}

const resolved = (path: string): Promise<string> => realpath(path).catch(() => path)

export const holdsData = async (path: string): Promise<boolean> => {
  for (const name of coreDirectories) if (await isDirectory(join(path, name))) return true
  return false
}

/** Where the directories are that are not in the data directory itself, by their names. */
export const findElsewhere = async (
  server: PlacedContainer | null,
  dataDir: string | null,
  names: readonly string[],
): Promise<Record<string, string>> => {
  if (server === null || dataDir === null) return {}
  const shared = hostPath(server, '/shared/seatable')
  if (shared === null || (await resolved(shared)) !== dataDir) return {}
  const elsewhere: Record<string, string> = {}
  for (const name of names) {
    const path = hostPath(server, `/shared/seatable/${name}`)
    if (path !== null && path !== join(shared, name)) elsewhere[name] = path
  }
  return elsewhere
}

export const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
