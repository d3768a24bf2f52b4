import { chmod, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exitCodes, UserError } from '../errors.ts'
import { syncDirectory } from '../sync-directory.ts'
import { manifestName } from './manifest.ts'

/** The private directory, at one fixed path, that holds the dumps while restic reads them. */
export const stagingPath = (stateDir: string): string => join(stateDir, 'staging')

/** The private directory that dumps are fetched to before a restore. A wrapper’s restore goes to that of the first turn. */
export const landingPath = (stateDir: string, turn = 1): string =>
  join(stateDir, turn === 1 ? 'landing' : `landing${turn}`)

/** The turn of a landing area by its name; null for any other name. */
export const turnOfLanding = (name: string): number | null => {
  const match = /^landing(\d*)$/.exec(name)
  return match === null ? null : Number(match[1] || 1)
}

/** All landing areas that are there. */
export const landingsIn = async (stateDir: string): Promise<string[]> =>
  (await readdir(stateDir).catch(() => []))
    .filter((name) => turnOfLanding(name) !== null)
    .map((name) => join(stateDir, name))

/** Makes a directory for its owner alone, with its parents. */
export const makePrivate = async (path: string): Promise<void> => {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await chmod(path, 0o700)
  } catch (error) {
    throw cannotBeMade(path, error as NodeJS.ErrnoException)
  }
}

const cannotBeMade = (path: string, error: NodeJS.ErrnoException): UserError => {
  switch (error.code) {
    case 'EROFS':
      return new UserError({
        message: `The directory ${path} is on a filesystem that is read-only`,
        hint: 'Nothing was done. A disk with errors becomes read-only: look at `dmesg`, then make it writable again.',
        cause: error,
      })
    case 'ENOSPC':
      return new UserError({
        message: `The directory ${path} cannot be made: its disk is full`,
        hint: 'Make room there, then run again.',
        cause: error,
      })
    default:
      return new UserError({
        message: `The directory ${path} cannot be made: ${error.message}`,
        hint: 'Run as root, or choose another SEATABLE_RESTIC_STATE_DIR.',
        exitCode: exitCodes.usage,
        cause: error,
      })
  }
}

/**
 * Removes all that lies in a directory, and keeps the directory. The manifest goes first: what a kill leaves is never
 * described as whole. `stuck` are the names of what cannot be removed.
 */
export const clear = async (path: string): Promise<{ readonly removed: string[]; readonly stuck: string[] }> => {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  names.sort((one, other) => Number(other === manifestName) - Number(one === manifestName))
  const stuck: string[] = []
  for (const name of names) {
    await rm(join(path, name), { recursive: true, force: true }).catch(() => stuck.push(name))
  }
  return { removed: names.filter((name) => !stuck.includes(name)), stuck }
}

/** The same, when all of it must go. Returns the names that were there. */
export const sweep = async (path: string): Promise<string[]> => {
  const { removed, stuck } = await clear(path)
  if (stuck.length > 0) throw cannotBeRemoved(path, stuck)
  return removed
}

export const cannotBeRemoved = (path: string, names: readonly string[]): UserError =>
  new UserError({
    message: `What lies in ${path} cannot be removed: ${names.join(', ')}`,
    hint: 'Remove it by hand: is it immutable (lsattr), a mount, or somebody else’s?',
  })

/** Whether a name is one that a run of ours has in the staging area. */
export const isStaged = (name: string): boolean => /\.sql(\.partial)?$|^manifest\.json|^installation$/.test(name)

/** Bytes that this user can still write to the filesystem of `path`. */
export const freeBytes = async (path: string): Promise<number> => {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

/** Gives a finished file its final name, durably. */
export const publish = async (partial: string, final: string): Promise<void> => {
  await rename(partial, final)
  await syncDirectory(dirname(final))
}

/** Writes a file, private unless `mode` says otherwise, so that it is either there whole or not at all. */
export const writeDurably = async (path: string, text: string, mode = 0o600): Promise<void> => {
  const partial = `${path}.partial`
  try {
    // Made anew: where others may write, a link of theirs could stand under this name.
    await rm(partial, { force: true })
    const file = await open(partial, 'wx', 0o600)
    try {
      await file.writeFile(text)
      if (mode !== 0o600) await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    await publish(partial, path)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {})
    throw new UserError({
      message: `${path} could not be written: ${(error as Error).message}`,
      hint: 'Is its disk full, or read-only? Make room there, then run again.',
      cause: error,
    })
  }
}
