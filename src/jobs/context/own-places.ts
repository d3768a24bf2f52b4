import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { isWithin } from '../../paths.ts'
import { localRepository } from '../../restic/local-repository.ts'

/** Where data is: `replaced` by a restore, or only `saved`. */
export interface DataPlaces {
  readonly replaced: readonly string[]
  readonly saved: readonly string[]
}

/** Refuses what `ownPlaceWithin` finds. */
export const refuseOwnPlaces = async (
  config: Pick<Config, 'stateDir' | 'environment'>,
  places: DataPlaces,
): Promise<void> => {
  const found = await ownPlaceWithin(config, places)
  if (found !== null) throw found
}

/**
 * What no restore survives, and no backup needs; null when all is well. A restore moves the data directories away and drops
 * them later: the journal would go with the first step of a swap, and the snapshots with what was live. A repository that
 * is saved into itself doubles with every backup.
 */
export const ownPlaceWithin = async (
  { stateDir, environment }: Pick<Config, 'stateDir' | 'environment'>,
  { replaced, saved }: DataPlaces,
): Promise<UserError | null> => {
  const repository = await localRepository(environment.restic)
  const state = await holderOf(stateDir, replaced)
  if (state !== null) {
    return refused(
      `The state directory ${stateDir} lies in ${state}, which a restore moves away`,
      'Set SEATABLE_RESTIC_STATE_DIR to a directory outside of SeaTable’s data.',
    )
  }
  const holder = repository === null ? null : await holderOf(repository, [...replaced, ...saved])
  if (repository === null || holder === null) return null
  return refused(
    `The restic repository ${repository} lies in ${holder}, which is saved into it${replaced.includes(holder) ? ' and which a restore moves away, to be dropped later' : ''}`,
    'Move the repository to another directory, better to another disk, and set RESTIC_REPOSITORY to that.',
  )
}

const refused = (message: string, hint: string): UserError =>
  new UserError({ message, hint: `Nothing was touched. ${hint}`, exitCode: exitCodes.usage })

const holderOf = async (path: string, places: readonly string[]): Promise<string | null> => {
  const real = await withoutLinks(path)
  for (const place of places) if (isWithin(real, await withoutLinks(place))) return place
  return null
}

/** Also of what does not exist yet. */
const withoutLinks = async (path: string): Promise<string> => {
  try {
    return await realpath(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(await withoutLinks(parent), basename(path))
  }
}
