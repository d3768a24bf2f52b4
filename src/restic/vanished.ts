import { lstat } from 'node:fs/promises'
import { isWithin } from '../paths.ts'
import { unsaid } from './messages.ts'

/** A file or directory that is not in the snapshot, and restic's reason. */
export interface Unreadable {
  readonly item: string
  readonly message: string
}

/** Of what restic could not read: what was gone by then, and the rest. */
export interface Told {
  readonly vanished: readonly string[]
  readonly unreadable: readonly Unreadable[]
}

/** A reason that a file that is gone gives: ENOENT, ESTALE of NFS, ENOTDIR where a directory on the way was replaced. */
const saysGone = /no such file or directory|stale (NFS )?file handle|not a directory/i

/** Whether restic's reason allows that the file had vanished; 0.14 hardly ever says one. */
export const mayHaveVanished = ({ message }: Unreadable): boolean => message === unsaid || saysGone.test(message)

/**
 * A live SeaTable removes temporary files at any time, also between restic's listing of a directory and its reading of a
 * file: such a file is in no snapshot that is a little younger. What restic could not read vanished when its reason says
 * so and it is not there now. One of `needed`, and all below `whole`, must be in the snapshot: there nothing may vanish.
 */
export const tellVanished = async (
  errors: readonly Unreadable[],
  { needed, whole }: { readonly needed: readonly string[]; readonly whole: readonly string[] },
): Promise<Told> => {
  const vanished: string[] = []
  const unreadable: Unreadable[] = []
  for (const error of errors) {
    const { item } = error
    const isNeeded = needed.some((path) => isWithin(path, item)) || whole.some((path) => isWithin(item, path))
    if (!isNeeded && mayHaveVanished(error) && (await isGone(item))) vanished.push(item)
    else unreadable.push(error)
  }
  return { vanished, unreadable }
}

/** Whether nothing is there (any more). */
export const isGone = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESTALE',
  )
