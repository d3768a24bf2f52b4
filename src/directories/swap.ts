import { chmod, chown, mkdir, readdir, rename, rmdir, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../errors.ts'
import { isThere } from '../paths.ts'
import { syncDirectory } from '../sync-directory.ts'
import { turnOfDirectory } from './targets.ts'

/** One directory on its way to be live. All paths are absolute and on one filesystem. */
export interface DirectorySwap {
  readonly name: string
  readonly live: string
  /** True when something was live before the swap. */
  readonly exists: boolean
  /** A mount point cannot be renamed: its entries are swapped instead. */
  readonly by: 'rename' | 'entries'
  /** What becomes live; null when nothing does. */
  readonly incoming: string | null
  /** Where what was live goes. */
  readonly outgoing: string
}

/** Moves what is live out and what waits in. Either is one rename, or a rename per entry of a mount point. */
export const swapIn = (swap: DirectorySwap): Promise<void> =>
  failingAs(`Swapping ${swap.live}`, async () => {
    if (swap.exists) await moveOut(swap)
    if (swap.incoming !== null) await moveIn(swap, swap.incoming)
  })

/** The same the other way round, whether `swapIn` was done whole, in part or not at all. */
export const swapOut = (swap: DirectorySwap): Promise<void> =>
  failingAs(`Swapping back ${swap.live}`, () => (swap.by === 'entries' ? swapEntriesOut(swap) : swapDirectoryOut(swap)))

const swapDirectoryOut = async ({ live, exists, incoming, outgoing }: DirectorySwap): Promise<void> => {
  const movedOut = await isThere(outgoing)
  // While what was live is still or again in its place, nothing may be taken from there.
  if (exists && !movedOut) return
  if (incoming !== null && (await isThere(live)) && !(await isThere(incoming))) await rename(live, incoming)
  if (movedOut) await rename(outgoing, live)
  await syncDirectory(dirname(live))
}

const swapEntriesOut = async ({ live, incoming, outgoing }: DirectorySwap): Promise<void> => {
  await rmdir(unfinished(outgoing)).catch(() => {})
  if (await isThere(outgoing)) {
    if (incoming !== null) await moveEntries(live, incoming)
    // From here on what is live is what was live before: done again, this must not move it out.
    await rename(outgoing, partial(outgoing))
  }
  if (!(await isThere(partial(outgoing)))) return
  await moveEntries(partial(outgoing), live)
  await copyAttributes(partial(outgoing), live)
  await rmdir(partial(outgoing))
}

const moveOut = async ({ live, by, outgoing }: DirectorySwap): Promise<void> => {
  await mkdir(dirname(outgoing), { recursive: true, mode: 0o700 })
  if (by === 'rename') {
    await rename(live, outgoing)
    await syncDirectory(dirname(outgoing))
    return
  }
  // Under the second name it has the attributes that go back to `live`; under the last, `live` holds what came in.
  await mkdir(unfinished(outgoing), { mode: 0o700 })
  await copyAttributes(live, unfinished(outgoing))
  await rename(unfinished(outgoing), partial(outgoing))
  await moveEntries(live, partial(outgoing))
  await rename(partial(outgoing), outgoing)
  await syncDirectory(dirname(outgoing))
}

const unfinished = (path: string): string => `${path}.unfinished`
const partial = (path: string): string => `${path}.partial`

const moveIn = async ({ live, by }: DirectorySwap, incoming: string): Promise<void> => {
  if (by === 'rename') {
    await mkdir(dirname(live), { recursive: true })
    await rename(incoming, live)
    await syncDirectory(dirname(live))
    return
  }
  await moveEntries(incoming, live)
  await copyAttributes(incoming, live)
}

/** Moves every entry but our own working directories, which lie in a mount point beside them. */
export const moveEntries = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { recursive: true })
  // As bytes: a name need not be UTF-8.
  for (const entry of await readdir(from, { encoding: 'buffer' })) {
    if (turnOfDirectory(entry.toString('latin1')) !== null) continue
    await rename(inDirectory(from, entry), inDirectory(to, entry))
  }
  await syncDirectory(to)
}

const inDirectory = (directory: string, entry: Buffer): Buffer => Buffer.concat([Buffer.from(`${directory}/`), entry])

/** Owner, mode and times of a directory. */
export const copyAttributes = async (from: string, to: string): Promise<void> => {
  const { uid, gid, mode, atime, mtime } = await stat(from)
  await chown(to, uid, gid)
  await chmod(to, mode & 0o7777)
  await utimes(to, atime, mtime)
}

const failingAs = async (task: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    throw new UserError({
      message: `${task}: ${(error as Error).message}`,
      hint: 'Is its filesystem read-only, full, or in use by another mount?',
      cause: error,
    })
  }
}

/** Where a directory of ours is removed once nothing is left in it. */
export const removeEmpty = async (path: string): Promise<void> => {
  await rmdir(path).catch(() => {})
}

/** The outgoing directory of a finished swap takes the place that the incoming one has left: gone, or emptied. */
export const keep = async (outgoing: string, kept: string): Promise<void> => {
  if (!(await isThere(outgoing))) return
  await mkdir(join(kept, '..'), { recursive: true, mode: 0o700 })
  await rename(outgoing, kept)
}
