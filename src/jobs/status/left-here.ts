import { readdir } from 'node:fs/promises'
import { UserError } from '../../errors.ts'
import { isStaged, stagingPath } from '../../staging/area.ts'
import { readJournal } from '../state/journal.ts'
import { leftoverWarnings, readLeftovers } from '../state/leftovers.ts'
import { type Kept, keptIfAny, readPrevious } from '../state/previous.ts'

/** What earlier runs have left to be finished, kept, or removed. */
export interface LeftHere {
  /** What the last restore replaced; null when nothing is kept. */
  readonly previous: Kept | null
  /** A restore, rollback or drill that did not come to its end; null when there is none. */
  readonly interrupted: { readonly command: string; readonly began: string; readonly isLiveTouched: boolean } | null
  /** Names of dumps that lie in the staging area, all data in the clear. */
  readonly staged: readonly string[]
  /** What could not be removed, as sentences. */
  readonly leftovers: readonly string[]
  /** What nobody can read of that, as sentences. */
  readonly unreadable: readonly string[]
}

export const lookWhatIsLeft = async (stateDir: string): Promise<LeftHere> => {
  const unreadable: string[] = []
  const read = async <Value>(reading: Promise<Value>): Promise<Value | null> =>
    reading.catch((error: Error) => {
      unreadable.push(
        error instanceof UserError ? error.message : `What a run has left cannot be read: ${error.message}`,
      )
      return null
    })
  const journal = await read(readJournal(stateDir))
  return {
    previous: keptIfAny(await read(readPrevious(stateDir))),
    interrupted: journal && {
      command: journal.command,
      began: journal.began,
      isLiveTouched: journal.phase !== 'aside',
    },
    staged: (await readdir(stagingPath(stateDir)).catch(() => [])).filter(isStaged),
    leftovers: leftoverWarnings(await readLeftovers(stateDir)).map(({ about, say }) => say(about)),
    unreadable,
  }
}
