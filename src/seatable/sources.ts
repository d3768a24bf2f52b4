import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { exitCodes, UserError } from '../errors.ts'
import { isThere } from '../paths.ts'
import { type StandingWarning, standing, standingAbout } from '../standing-warnings.ts'
import { coreDirectories, isDirectory } from './find/data-directory.ts'
import type { Installation } from './find/installation.ts'
import { directoriesInBuckets, uncoveredBuckets } from './find/object-storage.ts'
import { type LinkOut, linksOut, linkWarnings } from './links-out.ts'

export interface DataPath {
  readonly name: string
  /** Absolute, without symbolic links: restic saves a link that it is given, not what lies behind it. */
  readonly path: string
  /** True when SeaTable is told to look for it outside of the data directory. */
  readonly elsewhere: boolean
}

export interface Sources {
  readonly databases: readonly string[]
  readonly dataDir: string
  readonly dataPaths: readonly DataPath[]
  readonly extraPaths: readonly string[]
  /** What a bare machine needs: its small files are staged beside the dumps. */
  readonly setupPaths: readonly string[]
  readonly linksOut: readonly LinkOut[]
  /** Of directories that are named and not there, or there and not named. */
  readonly pathWarnings: readonly StandingWarning[]
  /** What the backup will not hold, these included. */
  readonly warnings: readonly StandingWarning[]
}

/** The paths that a backup must hold; a required one that is missing is an error before anything is done. */
export const findSources = async (config: Config, installation: Installation): Promise<Sources> => {
  const { dataDir, databaseNames, buckets, setupPaths, setupWarnings } = installation
  if (dataDir === null) {
    throw new UserError({
      message: 'SeaTable’s data directory was not found',
      hint: `Set SEATABLE_RESTIC_DATA_DIR to the directory that holds ${coreDirectories.join(', ')}.`,
      exitCode: exitCodes.usage,
    })
  }
  const inBuckets = directoriesInBuckets(buckets)
  const dataPaths: DataPath[] = []
  for (const name of config.dataPaths) {
    const elsewhere = installation.elsewhere.find((one) => one.name === name)
    if (elsewhere?.path === null) throw nowhere(name, elsewhere.why)
    const path = elsewhere?.path ?? join(dataDir, name)
    if (await isDirectory(path)) {
      dataPaths.push({ name, path: await realpath(path), elsewhere: elsewhere !== undefined })
    } else if (coreDirectories.includes(name) && !inBuckets.includes(name)) {
      throw missing(path)
    }
  }
  // It is saved by default, and a SeaTable of today may have none.
  const isFine = (name: string) => name === 'conf' || dataPaths.some((path) => path.name === name)
  const pathWarnings = [
    ...standingAbout(
      'data-paths',
      config.dataPaths.filter((name) => !isFine(name) && !inBuckets.includes(name)),
      (names) => `SEATABLE_RESTIC_DATA_PATHS names what is not in ${dataDir}, and is not saved: ${names.join(', ')}`,
    ),
    ...standingAbout(
      'data-paths',
      await leftOut(config, dataDir, inBuckets),
      (names) =>
        `SEATABLE_RESTIC_DATA_PATHS leaves out what belongs to every SeaTable, and it is not saved: ${names.join(', ')}`,
    ),
  ]
  const found = setupPaths.map(({ path }) => path)
  const extraPaths = config.extraPaths === null ? null : await existing(config.extraPaths)
  const links = await linksOut(
    dataPaths.map(({ path }) => path),
    [...(extraPaths ?? found), ...neverSaved.map((name) => join(dataDir, name))],
  )
  return {
    databases: databaseNames,
    dataDir,
    dataPaths,
    extraPaths: extraPaths ?? found,
    // `none` saves none.
    setupPaths: extraPaths?.length === 0 ? [] : [...new Set([...found, ...(extraPaths ?? [])])],
    linksOut: links,
    pathWarnings,
    warnings: [
      ...pathWarnings,
      ...linkWarnings(links),
      ...uncoveredBuckets(buckets).map((message) => standing('object-storage', message)),
      ...(config.extraPaths === null ? setupWarnings : []).map((message) => standing('setup', message)),
    ],
  }
}

/** Big data has a backup of its own in `storage-data`. */
const neverSaved = ['logs', 'db-data']

/** What every SeaTable has, is here, and is not configured to be saved. */
const leftOut = async (
  { dataPaths }: Config,
  dataDir: string,
  inBuckets: readonly string[],
): Promise<readonly string[]> => {
  const names: string[] = []
  for (const name of coreDirectories) {
    if (dataPaths.includes(name) || inBuckets.includes(name)) continue
    if (await isDirectory(join(dataDir, name))) names.push(name)
  }
  return names
}

/** Where the directory `name` is, or is to be. */
export const placeOf = ({ elsewhere }: Pick<Installation, 'elsewhere'>, dataDir: string, name: string): string =>
  elsewhere.find((one) => one.name === name)?.path ?? join(dataDir, name)

const existing = async (paths: readonly string[]): Promise<string[]> => {
  const found: string[] = []
  for (const path of paths) {
    if (!(await isThere(path))) {
      throw new UserError({
        message: `${path} does not exist`,
        hint: 'Correct SEATABLE_RESTIC_EXTRA_PATHS.',
        exitCode: exitCodes.usage,
      })
    }
    found.push(await realpath(path))
  }
  return found
}

const missing = (path: string): UserError =>
  new UserError({
    message: `The data directory ${path} does not exist`,
    hint: 'Is its filesystem mounted? Correct SEATABLE_RESTIC_DATA_DIR, or leave the name out of SEATABLE_RESTIC_DATA_PATHS.',
  })

const nowhere = (name: string, why: string): UserError =>
  new UserError({
    message: `SeaTable’s ${name} is not on this host: ${why}, and that is on no mount of the container`,
    hint: `What lies in the container itself is lost with it: mount a volume there. Or leave ${name} out of SEATABLE_RESTIC_DATA_PATHS.`,
  })
