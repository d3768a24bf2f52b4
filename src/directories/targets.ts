import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** One directory of a snapshot and where it goes. */
export interface DirectoryTarget {
  readonly name: string
  /** Its absolute path in the snapshot. */
  readonly saved: string
  /** Where it becomes live; without symbolic links. */
  readonly live: string
  /** True when something is live there now. */
  readonly exists: boolean
  /** A mount point cannot be renamed: its entries are swapped instead. */
  readonly by: 'rename' | 'entries'
  /** The directory, on the filesystem of `live`, that holds what is aside and what was live before. */
  readonly beside: string
}

export const asideDirectory = '.seatable-restic-aside'
export const previousDirectory = '.seatable-restic-previous'

/** Where the directory `name`, saved at `saved`, goes below `dataDir`. */
export const targetOf = async (name: string, saved: string, dataDir: string): Promise<DirectoryTarget> => {
  const wanted = join(dataDir, name)
  const live = await realpath(wanted).catch(() => wanted)
  const exists = await isThere(live)
  const by = exists && (await isMountPoint(live)) ? 'entries' : 'rename'
  return { name, saved, live, exists, by, beside: by === 'entries' ? live : dirname(live) }
}

/** Where restored data waits until it is swapped in. */
export const asidePath = ({ beside }: Pick<DirectoryTarget, 'beside'>): string => join(beside, asideDirectory)

/** Where restic puts the directory when it restores into the aside path: below its whole path in the snapshot. */
export const restoredPath = (target: Pick<DirectoryTarget, 'beside' | 'saved'>): string =>
  join(asidePath(target), target.saved)

/** Where what was live before a restore is kept. */
export const keptPath = ({ beside, name }: Pick<DirectoryTarget, 'beside' | 'name'>): string =>
  join(beside, previousDirectory, name)

export const isThere = async (path: string): Promise<boolean> => {
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
