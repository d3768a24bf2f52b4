import { repositoryName } from '../restic/failures.ts'
import { initRepository } from '../restic/init.ts'
import { openRestic } from '../restic/open.ts'
import type { JobContext } from './context/job-context.ts'
import { step } from './context/step.ts'

export interface InitResult {
  readonly created: boolean
  readonly id: string
  /** Where it is, without credentials. */
  readonly repository: string
}

/** Creates the repository when restic says there is none; any other error is thrown as it is. */
export const init = ({ config, report, signal }: JobContext): Promise<InitResult> =>
  step(report, 'Looking for the repository', async () => {
    const restic = await openRestic(config.environment.restic, { signal })
    const result = await initRepository(restic, { signal })
    return { ...result, repository: repositoryName(restic.environment) }
  })
