import { type ForgetResult, forgetArguments, forget as forgetSnapshots } from '../restic/forget.ts'
import { openRestic } from '../restic/restic.ts'
import { stagingPath } from '../staging/area.ts'
import type { JobContext } from './job-context.ts'
import { withLock } from './with-lock.ts'

export interface ForgetOptions {
  readonly prune: boolean
  readonly dryRun: boolean
}

/** Applies the retention policy to the snapshots that this host made of this SeaTable, and to no others. */
export const forget = (context: JobContext, { prune, dryRun }: ForgetOptions): Promise<ForgetResult> =>
  withLock(context, 'forget', async () => {
    const { config, report, signal } = context
    const request = { path: stagingPath(config.stateDir), host: config.host, keep: config.keep, prune, dryRun }
    report({ type: 'step', title: titleOf({ prune, dryRun }) })
    const restic = await openRestic(config.environment.restic, { signal })
    report({ type: 'detail', message: `restic ${forgetArguments(request).join(' ')}` })
    return forgetSnapshots(restic, request, { signal })
  })

const titleOf = ({ prune, dryRun }: ForgetOptions): string => {
  if (dryRun) return 'Looking which snapshots would be forgotten'
  return prune ? 'Forgetting old snapshots and freeing their space' : 'Forgetting old snapshots'
}
