import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { UserError } from '../../errors.ts'
import { coreDirectories } from '../../seatable/find/data-directory.ts'

/**
 * A manifest is data from outside. Where it alone says that `name` belongs to `live`, as on a new machine, nothing may be
 * there yet, or what looks like that directory of a SeaTable.
 */
export const refuseStrangePlace = async (name: string, live: string): Promise<void> => {
  const isKnown = [...coreDirectories, 'conf'].includes(name) && basename(live) === name
  if (isKnown || (await isEmptyOrAbsent(live))) return
  throw new UserError(
    `The snapshot says that ${name} belongs to ${live}, nothing on this host says so, and something lies there`,
    'Nothing was touched. Move away what lies there; or, if SeaTable’s data directory was not found, name it in SEATABLE_RESTIC_DATA_DIR.',
  )
}

const isEmptyOrAbsent = async (path: string): Promise<boolean> => {
  try {
    return (await readdir(path)).length === 0
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
