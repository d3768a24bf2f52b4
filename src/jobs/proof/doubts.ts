import { titleOf } from '../../mysql/objects/objects.ts'
import type { UnprovenObject } from '../../mysql/objects/prove.ts'
import type { JobContext } from '../context/job-context.ts'

/** Asked before SeaTable is stopped, when something could not be proven, which has been told; false ends the run. */
export type MayStayUnproven = (doubts: readonly string[]) => Promise<boolean>

/** Tells each doubt once, and asks about those that are new. */
export const askOnce = (
  { report }: Pick<JobContext, 'report'>,
  mayStayUnproven: MayStayUnproven,
): ((doubts: readonly string[]) => Promise<boolean>) => {
  const told = new Set<string>()
  return async (doubts) => {
    const fresh = [...new Set(doubts)].filter((doubt) => !told.has(doubt))
    for (const message of fresh) {
      told.add(message)
      report({ type: 'warning', message })
    }
    return fresh.length === 0 || mayStayUnproven(fresh)
  }
}

/** Of what comes in. */
export const doubtsOf = ({ unproven }: { readonly unproven: readonly UnprovenObject[] }): string[] =>
  unproven.map(
    ({ database, object, why }) =>
      `${titleOf(database, object)} is not proven: beside the live data this server says ${why}. It is tried where it belongs, and left out if it fails there`,
  )

/** Of what is live and makes way for it. */
export const doubtsOfWayBack = (unproven: readonly UnprovenObject[]): string[] =>
  unproven.map(
    ({ database, object, why }) =>
      `${titleOf(database, object)} is live and has to make way, and may not come back: in a copy this server says ${why}`,
  )
