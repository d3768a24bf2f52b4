import { UserError } from '../../errors.ts'
import { titleOf } from './objects.ts'
import type { ProvenObjects } from './prove.ts'

/** Throws when the server would refuse one of them wherever it is: before anything is stopped. */
export const refuseRefused = ({ refused }: ProvenObjects, where: string): void => {
  const [first] = refused
  if (first === undefined) return
  const all = refused.map(({ database, object, why }) => `${titleOf(database, object)} (${why})`)
  const more = all.length > 3 ? `, and ${all.length - 3} more` : ''
  throw new UserError({
    message: `This server does not take ${all.slice(0, 3).join(', ')}${more} ${where}`,
    hint: hintFor(first.error),
  })
}

const hintFor = (error: number): string => {
  switch (error) {
    case 1418:
    case 1419:
      return 'The binary log is on: SET GLOBAL log_bin_trust_function_creators = 1, then run again. Nothing was touched.'
    case 1227:
    case 1044:
      return 'Use root, or grant the user what is named here, then run again. Nothing was touched.'
    default:
      return 'Nothing was touched. Fix what is named here: was it saved from another version, or under other settings of the server? With --target the snapshot is restored into a folder.'
  }
}
