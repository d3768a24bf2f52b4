import { chmod, chown, lstat, mkdir, open, readdir, rename, rmdir, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../errors.ts'
import { removeTrees } from './remove.ts'
import { asideDirectory, type DirectoryTarget, previousDirectory, restoredPath } from './targets.ts'

/** Makes what is restored live and keeps what was live. Either is one rename, or a rename per entry of a mount point. */
export const swapIn = async (target: DirectoryTarget): Promise<void> => {
  await failingAs(`Swapping ${target.live}`, async () => {
    if (target.exists) await moveOut(target)
    await moveIn(target)
  })
}

/** The same the other way round, whether `swapIn` was done whole, in part or not at all. */
export const swapOut = (target: DirectoryTarget): Promise<void> =>
  failingAs(`Swapping back ${target.live}`, () =>
    target.swap === 'entries' ? swapEntriesOut(target) : swapDirectoryOut(target),
  )

const swapDirectoryOut = async (target: DirectoryTarget): Promise<void> => {
  const kept = keptPath(target)
  if (!(await isThere(restoredPath(target)))) await rename(target.live, restoredPath(target))
  if (await isThere(kept)) await rename(kept, target.live)
  await syncDirectory(dirname(target.live))
}

const swapEntriesOut = async (target: DirectoryTarget): Promise<void> => {
  const kept = keptPath(target)
  if (await isThere(kept)) await moveEntries(target.live, restoredPath(target))
  const whereKept = (await isThere(kept)) ? kept : partial(kept)
  if (!(await isThere(whereKept))) return
  await moveEntries(whereKept, target.live)
  await copyAttributes(whereKept, target.live)
  await rmdir(whereKept)
}

/** Where what was live is kept. */
export const keptPath = ({ previous, name }: DirectoryTarget): string => join(previous, name)

/** Removes what was restored aside, after a failure or a swap. */
export const removeAside = (
  targets: readonly DirectoryTarget[],
  environment: Readonly<Record<string, string>>,
): Promise<void> => removeTrees([...new Set(targets.map(({ aside }) => aside))], environment)

const moveOut = async (target: DirectoryTarget): Promise<void> => {
  await mkdir(target.previous, { recursive: true, mode: 0o700 })
  const kept = keptPath(target)
  if (target.swap === 'rename') {
    await rename(target.live, kept)
    return
  }
  // The name without the suffix says that everything was moved out, and that what is live since then is restored.
  await mkdir(partial(kept), { mode: 0o700 })
  await copyAttributes(target.live, partial(kept))
  await moveEntries(target.live, partial(kept))
  await rename(partial(kept), kept)
}

const partial = (path: string): string => `${path}.partial`

const moveIn = async (target: DirectoryTarget): Promise<void> => {
  const restored = restoredPath(target)
  if (target.swap === 'rename') {
    await mkdir(dirname(target.live), { recursive: true })
    await rename(restored, target.live)
    await syncDirectory(dirname(target.live))
    return
  }
  await moveEntries(restored, target.live)
  await copyAttributes(restored, target.live)
}

/** Moves every entry but our own working directories, which lie in a mount point beside them. */
const moveEntries = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { recursive: true })
  // As bytes: a name need not be UTF-8.
  for (const entry of await readdir(from, { encoding: 'buffer' })) {
    if (ours.some((name) => entry.equals(name))) continue
    await rename(inDirectory(from, entry), inDirectory(to, entry))
  }
  await syncDirectory(to)
}

const ours = [Buffer.from(asideDirectory), Buffer.from(previousDirectory)]

const inDirectory = (directory: string, entry: Buffer): Buffer => Buffer.concat([Buffer.from(`${directory}/`), entry])

const copyAttributes = async (from: string, to: string): Promise<void> => {
  const { uid, gid, mode, atime, mtime } = await stat(from)
  await chown(to, uid, gid)
  await chmod(to, mode & 0o7777)
  await utimes(to, atime, mtime)
}

const failingAs = async (task: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    throw new UserError(
      `${task}: ${(error as Error).message}`,
      'Is its filesystem read-only, full, or in use by another mount?',
      1,
      { cause: error },
    )
  }
}

const isThere = async (path: string): Promise<boolean> => {
  try {
    await lstat(path)
    return true
  } catch {
    return false
  }
}

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Removes a working directory once nothing is left in it. */
export const removeEmpty = async (path: string): Promise<void> => {
  await rmdir(path).catch(() => {})
}
