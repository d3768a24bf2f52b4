import { UserError } from '../../errors.ts'
import { keptIfAny, readPrevious } from './previous.ts'

/** What an earlier restore replaced is the only way back from it: a hook does not drop it. */
export const refusePrevious = async (stateDir: string, again: string): Promise<void> => {
  const previous = keptIfAny(await readPrevious(stateDir))
  if (previous === null) return
  throw new UserError(
    `The data that the restore of ${previous.replacedAt} replaced is still kept`,
    `Nothing was touched. Drop it first (seatable-restic drop-previous), then: ${again}.`,
  )
}
