import { createHash } from 'node:crypto'
import {
  chmod,
  lchown,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isThere, isWithin } from '../paths.ts'
import type { InstallationEntry } from './manifest.ts'

/** Where the small files of the installation lie in the staging area, each below its whole path. */
export const installationPath = (staging: string): string => join(staging, 'installation')

/** Bytes of one file, and of all files that are staged for one path; entries below one path. */
const mostOfFile = 4 * 1024 * 1024
const mostOfPath = 64 * 1024 * 1024
const mostEntries = 2000

export interface StagedInstallation {
  /** A directory stands before what is in it. */
  readonly entries: readonly InstallationEntry[]
  /** What was not staged, and why. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[]
}

/**
 * Copies files and directories into the staging area as they are: content, mode, owner, time and links. A path with more
 * than 2000 entries, a file of more than 4 MiB, or 64 MiB in all is left out as a whole, so that nothing of it is there
 * by half. Of two paths, one in the other, the outer brings both. What is in one of `except` is passed over.
 */
export const stageInstallation = async (
  staging: string,
  paths: readonly string[],
  except: readonly string[],
): Promise<StagedInstallation> => {
  const entries: InstallationEntry[] = []
  const leftOut: { path: string; why: string }[] = []
  const root = installationPath(staging)
  const outer = [...new Set(paths)].filter((path) => !paths.some((other) => path.startsWith(`${other}/`)))
  for (const path of outer) {
    try {
      const found = await look(path, except)
      for (const one of found) entries.push(await copy(one, join(root, one.path)))
      // Now that all is in them, directories get their times.
      for (const { path: made, kind, modified } of entries.slice(-found.length).reverse()) {
        if (kind === 'directory') await utimes(join(root, made), modified, modified)
      }
    } catch (error) {
      if (!(error instanceof TooMuch) && (error as NodeJS.ErrnoException).code === undefined) throw error
      leftOut.push({ path, why: (error as Error).message })
    }
  }
  return { entries, leftOut }
}

class TooMuch extends Error {}

/** What there is to copy, before anything is copied. Neither sockets nor devices: they are made, not kept. */
const look = async (path: string, except: readonly string[]): Promise<InstallationEntry[]> => {
  const seen: InstallationEntry[] = []
  let bytes = 0
  const visit = async (at: string): Promise<void> => {
    if (except.some((other) => isWithin(at, other))) return
    const stats = await lstat(at)
    const { mode, uid, gid, size, mtimeMs } = stats
    const about = { path: at, mode: mode & 0o7777, uid, gid, modified: Math.floor(mtimeMs / 1000) }
    if (stats.isSymbolicLink()) {
      seen.push({ ...about, kind: 'link', size: 0, target: await readlink(at) })
    } else if (stats.isFile()) {
      if (size > mostOfFile) throw new TooMuch(`${at} has more than ${mostOfFile / 1024 / 1024} MiB`)
      bytes += size
      seen.push({ ...about, kind: 'file', size })
    } else if (stats.isDirectory()) {
      seen.push({ ...about, kind: 'directory', size: 0 })
      for (const name of (await readdir(at)).sort()) await visit(join(at, name))
    }
    if (bytes > mostOfPath) throw new TooMuch(`it holds more than ${mostOfPath / 1024 / 1024} MiB`)
    if (seen.length > mostEntries) throw new TooMuch(`it holds more than ${mostEntries} files`)
  }
  await visit(path)
  return seen
}

/** Also those on the way have mode and owner of the originals: `cp -a installation/. /` changes no directory of a machine. */
const makeLike = async (original: string, to: string): Promise<void> => {
  if (await isThere(to)) return
  if (original !== '/') await makeLike(dirname(original), dirname(to))
  const { mode, uid, gid } = await stat(original)
  await mkdir(to)
  await giveTo(to, { uid, gid })
  await chmod(to, mode & 0o7777)
}

const copy = async (seen: InstallationEntry, to: string): Promise<InstallationEntry> => {
  await makeLike(dirname(seen.path), dirname(to))
  if (seen.kind === 'link') {
    await symlink(seen.target ?? '', to)
    await giveTo(to, seen)
    return seen
  }
  if (seen.kind === 'directory') {
    await mkdir(to, { recursive: true })
    await giveTo(to, seen)
    await chmod(to, seen.mode)
    return seen
  }
  const bytes = await readAsItIs(seen.path)
  await writeFile(to, bytes, { mode: 0o600, flag: 'wx' })
  await giveTo(to, seen)
  await chmod(to, seen.mode)
  await utimes(to, seen.modified, seen.modified)
  return { ...seen, size: bytes.length, sha256: sha256Of(bytes) }
}

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Of a file that grows meanwhile no more is read than may be kept. */
const readAsItIs = async (path: string): Promise<Buffer> => {
  const file = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(mostOfFile + 1), length: mostOfFile + 1 })
    if (bytesRead > mostOfFile) throw new TooMuch(`${path} has more than ${mostOfFile / 1024 / 1024} MiB`)
    return Buffer.from(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

/** Who is not root cannot give files away: then the manifest alone tells the owner. */
const giveTo = (path: string, { uid, gid }: Pick<InstallationEntry, 'uid' | 'gid'>): Promise<void> =>
  lchown(path, uid, gid).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM') throw error
  })
