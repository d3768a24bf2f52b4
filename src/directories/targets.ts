import { lstat, readlink, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../errors.ts'
import { isThere } from '../paths.ts'
import { readMounts } from './mounts.ts'

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
  /** Which of the names of our own it waits under: 1, or a higher one while what cannot be removed has those before it. */
  readonly turn: number
}

const asideDirectory = '.seatable-restic-aside'
const previousDirectory = '.seatable-restic-previous'

const named = (name: string, turn: number): string => (turn === 1 ? name : `${name}${turn}`)

/** The turn of a directory whose name is one of ours; null for any other. */
export const turnOfDirectory = (name: string): number | null => {
  const match = /^\.seatable-restic-(?:aside|previous)(\d*)$/.exec(name)
  return match === null ? null : Number(match[1] || 1)
}

/** How the directory `name`, saved at `saved`, becomes live at `wanted`. Throws when it cannot be swapped there. */
export const targetOf = async (name: string, saved: string, wanted: string): Promise<DirectoryTarget> => {
  const live = await realpath(wanted).catch(() => wanted)
  const exists = await isThere(live)
  if (exists) await refuseDanglingLink(live)
  const mounts = (await readMounts()).map(({ path }) => path)
  const inner = mounts.find((path) => path.startsWith(`${live}/`))
  if (inner !== undefined) throw mountedInside(inner, live)
  const by = mounts.includes(live) ? 'entries' : 'rename'
  return { name, saved, live, exists, by, beside: by === 'entries' ? live : dirname(live), turn: 1 }
}

/** Only a link that leads nowhere is still a link here. */
const refuseDanglingLink = async (live: string): Promise<void> => {
  if (!(await lstat(live)).isSymbolicLink()) return
  throw new UserError({
    message: `${live} is a link to ${await readlink(live)}, which does not exist`,
    hint: 'Nothing was touched. Is its filesystem mounted? Make that directory, or remove the link.',
  })
}

/** What is mounted inside would stay where it is, or go with what is replaced and be removed with it. */
const mountedInside = (inner: string, live: string): UserError =>
  new UserError({
    message: `${inner} is a mount point inside ${live}, which cannot be swapped as a whole`,
    hint: 'Nothing was touched. Restore into a folder with --target, and put the files in their places.',
  })

/** Where restored data waits until it is swapped in. */
export const asidePath = ({ beside, turn }: Pick<DirectoryTarget, 'beside' | 'turn'>): string =>
  join(beside, named(asideDirectory, turn))

/** Where restic puts the directory when it restores into the aside path: below its whole path in the snapshot. */
export const restoredPath = (target: Pick<DirectoryTarget, 'beside' | 'turn' | 'saved'>): string =>
  join(asidePath(target), target.saved)

/** Where what was live before a restore is kept. */
export const keptPath = ({ beside, name }: Pick<DirectoryTarget, 'beside' | 'name'>, turn: number): string =>
  join(beside, named(previousDirectory, turn), name)
