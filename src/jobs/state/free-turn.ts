import { basename } from 'node:path'
import { turnOfDirectory } from '../../directories/targets.ts'
import { turnOf } from '../../mysql/working-names.ts'
import { turnOfLanding } from '../../staging/area.ts'
import { readLeftovers } from './leftovers.ts'
import { keptDatabase, readPrevious } from './previous.ts'

/**
 * The first turn whose working names are free: nothing has them that could not be removed, and no previous data is kept
 * under a name of what waits aside.
 */
export const freeTurn = async (stateDir: string): Promise<number> => {
  const left = await readLeftovers(stateDir)
  const previous = await readPrevious(stateDir)
  const databases = [
    ...left.databases.map(({ name }) => name),
    ...(previous?.databases ?? []).map(keptDatabase).filter((name) => name.includes('__aside')),
  ]
  const directories = [
    ...left.directories.map(({ path }) => path),
    ...(previous?.directories ?? []).map(({ kept }) => kept).filter((path) => path.includes('.seatable-restic-aside')),
  ]
  const taken = new Set([
    ...databases.map(turnOf),
    ...directories.flatMap((path) => [turnOfLanding(basename(path)), ...path.split('/').map(turnOfDirectory)]),
  ])
  let turn = 1
  while (taken.has(turn)) turn++
  return turn
}
