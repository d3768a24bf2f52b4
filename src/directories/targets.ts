import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** One directory of a snapshot, where it goes, and where it waits. */
export interface DirectoryTarget {
  readonly name: string
  /** Its absolute path in the snapshot. */
  readonly saved: string
  /** Where it becomes live; without symbolic links. */
  readonly live: string
  /** True when something is live there now. */
  readonly exists: boolean
  /** A mount point cannot be renamed: its entries are swapped instead. */
  readonly swap: 'rename' | 'entries'
  /** The directory, on the same filesystem as `live`, that restored data waits in. */
  readonly aside: string
  /** The directory that keeps what was live. */
  readonly previous: string
}

export const asideDirectory = '.seatable-restic-aside'
export const previousDirectory = '.seatable-restic-previous'

/** Where the directory `name`, saved at `saved`, goes below `dataDir`. */
export const targetOf = async (name: string, saved: string, dataDir: string): Promise<DirectoryTarget> => {
  const wanted = join(dataDir, name)
  const live = await realpath(wanted).catch(() => wanted)
  const exists = await isThere(live)
  const swap = exists && (await isMountPoint(live)) ? 'entries' : 'rename'
  const beside = swap === 'entries' ? live : dirname(live)
  return {
    name,
    saved,
    live,
    exists,
    swap,
    aside: join(beside, asideDirectory),
    previous: join(beside, previousDirectory),
  }
}

/** Where restic puts the directory when it restores into `aside`: below its whole path in the snapshot. */
export const restoredPath = ({ aside, saved }: DirectoryTarget): string => join(aside, saved)

const isThere = async (path: string): Promise<boolean> => {
  try {
    await lstat(path)
    return true
  } catch {
    return false
  }
}

const isMountPoint = async (path: string): Promise<boolean> => {
  const [itself, parent] = await Promise.all([stat(path), stat(dirname(path))])
  return itself.dev !== parent.dev
}
