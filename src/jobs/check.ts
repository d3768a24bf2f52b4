import { type CheckRequest, type CheckResult, check as checkRepository } from '../restic/check.ts'
import type { JobContext } from './context/job-context.ts'
import { openRepository } from './context/open-repository.ts'
import { step } from './context/step.ts'
import { withLockInBackground } from './swap/with-lock.ts'

/** Lets restic check the repository. Damage is a result, not an error. No backup can begin meanwhile. */
export const check = (context: JobContext, request: CheckRequest): Promise<CheckResult> =>
  withLockInBackground(context, 'check', (inBackground) => {
    const { report, signal } = inBackground
    const work = async () => {
      const restic = await openRepository(inBackground)
      return checkRepository(restic, request, {
        signal,
        onProgress: ({ percent, phase }) =>
          report({ type: 'progress', unit: 'percent', done: percent, total: 100, detail: phase }),
      })
    }
    return step(report, 'Checking the repository', work, ({ ok }) => !ok)
  })
