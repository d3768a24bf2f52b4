import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { isWithin } from '../../paths.ts'
import type { Compose } from './compose.ts'
import { isDirectory } from './data-directory.ts'
import { type HostContainers, isSameProject, type PlacedContainer } from './host-containers.ts'
import { isCache, isDatabase } from './roles.ts'

/** A path that a bare machine needs besides the data, and why it is taken for that. */
export interface SetupPath {
  readonly what: string
  readonly path: string
  readonly why: string
}

/** What is known when these paths are looked for. */
interface Known {
  readonly server: PlacedContainer | null
  readonly compose: Compose | null
  readonly licence: string | null
  readonly certificates: readonly string[]
  readonly dataDirs: readonly string[]
}

export interface Setup {
  readonly paths: readonly SetupPath[]
  /** What is not saved though it belongs to them, as sentences. */
  readonly warnings: readonly string[]
}

/**
 * What SeaTable was set up with, without symbolic links: the compose directory when there is nothing else in it, else
 * its compose files; the files that its containers mount, the licence, the certificates.
 */
export const findSetup = async (config: Config, here: HostContainers, known: Known): Promise<Setup> => {
  const { server, compose, licence, certificates, dataDirs } = known
  const data = [...dataDirs, config.stateDir, ...localRepository(config), ...(await mountedData(here, server))]
  const paths: SetupPath[] = []
  const warnings: string[] = []
  const judge = async (directory: string, instead: string): Promise<string | null> => {
    const whyNot = await whyNotWhole(directory, data)
    if (whyNot !== null && !isExpected(whyNot)) warnings.push(notWhole(directory, whyNot, instead))
    return whyNot
  }
  if (compose?.directory) {
    const { directory, files } = compose
    const whyNot = await judge(directory, 'only the compose files of it are saved')
    if (whyNot === null) paths.push({ what: 'compose directory', path: directory, why: 'it holds the compose files' })
    const why = whyNot === null ? 'compose is told it' : `compose is told it, and its directory ${whyNot}`
    for (const path of files) paths.push({ what: 'compose file', path, why })
  }
  paths.push(...(await mountedFiles(here, server)))
  if (licence !== null) paths.push({ what: 'licence', path: licence, why: 'SeaTable needs it to start' })
  for (const path of certificates) {
    if ((await judge(path, 'it is not saved')) !== null) continue
    paths.push({ what: 'certificates', path, why: 'no new ones are needed after a disaster' })
  }
  return { paths: await distinct(paths), warnings }
}

/** Of the layout itself: such a directory was never meant to be saved as a whole. */
const isExpected = (whyNot: string): boolean => whyNot !== tooMuch && whyNot !== unreadable

const notWhole = (directory: string, whyNot: string, instead: string): string =>
  `${directory} ${whyNot}: ${instead}. Name what is to be saved in SEATABLE_RESTIC_EXTRA_PATHS.`

/** Directories that belong to everybody: never saved as a whole, whatever is in them. */
const common = /^\/([^/]+|home\/[^/]+|usr\/.*|var\/[^/]+|etc\/[^/]+)?$/

const mostEntries = 2000
const mostBytes = 64 * 1024 * 1024

const tooMuch = `holds more than ${mostEntries} files, 64 MB, or a database`
const unreadable = 'cannot be read'

/** Null when a directory holds nothing but small files of its own. */
const whyNotWhole = async (directory: string, data: readonly string[]): Promise<string | null> => {
  const real = await realpath(directory).catch(() => directory)
  if (common.test(real)) return 'is no directory of its own'
  for (const path of data) {
    const other = await realpath(path).catch(() => path)
    if (isWithin(other, real)) return `holds ${path}`
  }
  return isSmall(real, { entries: mostEntries, bytes: mostBytes }).then(
    (small) => (small ? null : tooMuch),
    () => unreadable,
  )
}

/** The system tablespace: what lies around it is a database’s, however small. */
const ofDatabase = 'ibdata1'

/** Counts down what is left until it is used up. */
const isSmall = async (directory: string, left: { entries: number; bytes: number }): Promise<boolean> => {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    left.entries -= 1
    if (entry.isFile()) left.bytes -= (await lstat(path)).size
    if (left.entries < 0 || left.bytes < 0 || entry.name === ofDatabase) return false
    if (entry.isDirectory() && !(await isSmall(path, left))) return false
  }
  return true
}

const localRepository = ({ environment }: Config): string[] => {
  const repository = (environment.restic.RESTIC_REPOSITORY ?? '').replace(/^local:/, '')
  return repository.startsWith('/') ? [repository] : []
}

const ofProject = ({ containers }: HostContainers, server: PlacedContainer | null): PlacedContainer[] =>
  server === null ? [] : containers.filter((placed) => placed === server || isSameProject(placed, server))

/** Where databases, caches and SeaTable itself keep what changes all the time. */
const mountedData = async (here: HostContainers, server: PlacedContainer | null): Promise<string[]> => {
  const found: string[] = []
  for (const placed of ofProject(here, server)) {
    for (const { source, destination } of placed.container.mounts) {
      const isData = isDatabase(placed) || isCache(placed) || destination === '/shared'
      if (isData && (await isDirectory(source))) found.push(source)
    }
  }
  return found
}

const ofTheSystem = /^\/(etc|usr|proc|sys|run|dev|var\/run|lib|bin|sbin)\//
const largestFile = 1024 * 1024

/** Such as the configuration of a server that lies beside the compose files. */
const mountedFiles = async (here: HostContainers, server: PlacedContainer | null): Promise<SetupPath[]> => {
  const found: SetupPath[] = []
  for (const placed of ofProject(here, server)) {
    for (const { source, destination } of placed.container.mounts) {
      if (ofTheSystem.test(source) || !(await isSmallFile(source))) continue
      found.push({ what: 'mounted file', path: source, why: `${placed.container.name} mounts it at ${destination}` })
    }
  }
  return found
}

const isSmallFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (file) => file.isFile() && file.size <= largestFile,
    () => false,
  )

/** Without symbolic links, once each, and without what lies in another of them. */
const distinct = async (paths: readonly SetupPath[]): Promise<SetupPath[]> => {
  const found = new Map<string, SetupPath>()
  for (const one of paths) {
    const path = await realpath(one.path).catch(() => null)
    if (path !== null && !found.has(path)) found.set(path, { ...one, path })
  }
  return [...found.values()].filter(({ path }) => ![...found.keys()].some((other) => path.startsWith(`${other}/`)))
}
