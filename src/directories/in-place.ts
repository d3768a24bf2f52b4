import { join } from 'node:path'
import { removeTrees } from './remove.ts'
import { copyAttributes, moveEntries } from './swap.ts'

/** Removes all that is in a mount point, but our own working directories, one of which is `aside`. */
export const emptyDirectory = async (
  path: string,
  aside: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  // A name that is not UTF-8 cannot be an argument of rm: such entries are moved into a folder with a plain name.
  const doomed = join(aside, 'replaced')
  await moveEntries(path, doomed)
  await removeTrees([doomed], environment)
}

/** Moves everything of a restored directory into a mount point, which gets its owner, mode and times. */
export const moveEntriesInto = async (from: string, to: string): Promise<void> => {
  await moveEntries(from, to)
  await copyAttributes(from, to)
}
