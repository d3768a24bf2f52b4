import { createHash } from 'node:crypto'
import {
  chmod,
  copyFile,
  lchown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
  utimes,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../errors.ts'
import { syncDirectory } from '../sync-directory.ts'
import type { InstallationEntry } from './manifest.ts'

/** What stands where an entry belongs. `kept` stays as it is, for the reason that `why` gives. */
export interface Placing {
  readonly entry: InstallationEntry
  readonly state: 'same' | 'new' | 'differs' | 'kept'
  readonly why: string | null
}

/** The system's own: no snapshot says what stands there. */
const ofTheSystem =
  /^\/(etc|usr|proc|sys|run|dev|boot|root|bin|sbin|lib\w*|var\/(run|lib\/(dpkg|apt|docker|containers)))(\/|$)/

/** Looks at the place of an entry, and changes nothing. */
export const judgePlace = async (entry: InstallationEntry): Promise<Placing> => {
  const { path, kind } = entry
  if (ofTheSystem.test(path))
    return { entry, state: 'kept', why: 'it is in a directory of the system: take it from --target' }
  const there = await kindOf(path)
  if (there === null) return { entry, state: 'new', why: null }
  if (there === 'directory' && kind === 'directory') return { entry, state: 'same', why: null }
  if (there === 'directory') {
    // Docker makes an empty one where a file that it is to mount is missing.
    return (await isEmpty(path))
      ? { entry, state: 'new', why: null }
      : { entry, state: 'kept', why: 'a directory that holds something is there' }
  }
  if (there === 'other') return { entry, state: 'kept', why: 'neither a file, nor a directory, nor a link is there' }
  return { entry, state: (await isEntryInPlace(entry, path)) ? 'same' : 'differs', why: null }
}

/** Whether `path` is what the manifest says, with mode and owner unless only the content counts. */
export const isEntryInPlace = async (
  { kind, mode, uid, gid, size, sha256, target }: InstallationEntry,
  path: string,
  { contentOnly = false }: { readonly contentOnly?: boolean } = {},
): Promise<boolean> => {
  if ((await kindOf(path)) !== kind) return false
  if (kind === 'link') return (await readlink(path)) === target
  if (kind === 'directory') return true
  const found = await lstat(path)
  if (
    found.size !== size ||
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex') !== sha256
  )
    return false
  return contentOnly || ((found.mode & 0o7777) === mode && found.uid === uid && found.gid === gid)
}

/**
 * Puts a fetched entry in its place, whole or not at all; what stood there goes to `replaced`, below its whole path.
 * Missing directories on the way are made for everybody to enter. Harmless when done twice.
 */
export const placeEntry = async (entry: InstallationEntry, from: string, replaced: string): Promise<void> => {
  const { path, kind, mode, uid, gid, modified } = entry
  try {
    await makeForEverybody(dirname(path))
    if (kind === 'directory') {
      if ((await kindOf(path)) === 'directory') return
      await keep(path, replaced)
      await mkdir(path)
      await lchown(path, uid, gid)
      await chmod(path, mode)
      await syncDirectory(dirname(path))
      return
    }
    await keep(path, replaced)
    const partial = `${path}.seatable-restic.partial`
    await rm(partial, { force: true })
    if (kind === 'link') {
      await symlink(entry.target ?? '', partial)
      await lchown(partial, uid, gid)
    } else {
      await copyWhole(from, partial, { mode, uid, gid })
      await utimes(partial, modified, modified)
    }
    if ((await kindOf(path)) === 'directory') await rmdir(path)
    await rename(partial, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    throw new UserError({
      message: `${path} could not be put in its place: ${(error as Error).message}`,
      hint: `What stood there is as it was. Fix what is named here, then run again; the others are in their places.`,
      cause: error,
    })
  }
}

/** Whatever the umask is: a parent that only root may enter would lock everybody out. */
export const makeForEverybody = async (path: string): Promise<void> => {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755)
}

/** A copy: what is live stays in its place until the new one takes it. */
const keep = async (path: string, replaced: string): Promise<void> => {
  const there = await kindOf(path)
  if (there === null || there === 'directory') return
  const to = join(replaced, path)
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  if ((await kindOf(to)) !== null) return
  if (there === 'link') return symlink(await readlink(path), to)
  await copyWhole(path, to, await lstat(path))
  await syncDirectory(dirname(to))
}

const copyWhole = async (
  from: string,
  to: string,
  { mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number },
): Promise<void> => {
  await copyFile(from, to)
  await lchown(to, uid, gid)
  await chmod(to, mode & 0o7777)
  const file = await open(to, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

const isEmpty = async (path: string): Promise<boolean> => (await readdir(path)).length === 0

const kindOf = (path: string): Promise<InstallationEntry['kind'] | 'other' | null> =>
  lstat(path).then(
    (stats) => {
      if (stats.isSymbolicLink()) return 'link'
      if (stats.isDirectory()) return 'directory'
      return stats.isFile() ? 'file' : 'other'
    },
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
      throw error
    },
  )
