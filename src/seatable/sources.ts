import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { exitCodes, UserError } from '../errors.ts'
import { coreDirectories, isDirectory } from './data-directory.ts'
import type { Installation } from './installation.ts'

export interface DataPath {
  readonly name: string
  /** Absolute, without symbolic links: restic saves a link that it is given, not what lies behind it. */
  readonly path: string
}

export interface Sources {
  readonly databases: readonly string[]
  readonly dataDir: string
  readonly dataPaths: readonly DataPath[]
  readonly extraPaths: readonly string[]
}

/** The paths that a backup must hold; a required one that is missing is an error before anything is done. */
export const findSources = async (
  config: Config,
  { dataDir, databaseNames, elsewhere }: Pick<Installation, 'dataDir' | 'databaseNames' | 'elsewhere'>,
): Promise<Sources> => {
  if (dataDir === null) {
    throw new UserError(
      'SeaTable’s data directory was not found',
      `Set SEATABLE_RESTIC_DATA_DIR to the directory that holds ${coreDirectories.join(', ')}.`,
      exitCodes.usage,
    )
  }
  const dataPaths: DataPath[] = []
  for (const name of config.dataPaths) {
    const path = elsewhere[name] ?? join(dataDir, name)
    if (await isDirectory(path)) dataPaths.push({ name, path: await realpath(path) })
    else if (coreDirectories.includes(name)) throw missing(path)
  }
  const extraPaths: string[] = []
  for (const path of config.extraPaths ?? []) {
    if (!(await exists(path))) {
      throw new UserError(`${path} does not exist`, 'Correct SEATABLE_RESTIC_EXTRA_PATHS.', exitCodes.usage)
    }
    extraPaths.push(await realpath(path))
  }
  return { databases: databaseNames, dataDir, dataPaths, extraPaths }
}

const missing = (path: string): UserError =>
  new UserError(
    `The data directory ${path} does not exist`,
    'Is its filesystem mounted? Correct SEATABLE_RESTIC_DATA_DIR, or leave the name out of SEATABLE_RESTIC_DATA_PATHS.',
  )

const exists = async (path: string): Promise<boolean> => {
  try {
    await lstat(path)
    return true
  } catch {
    return false
  }
}
