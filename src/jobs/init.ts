import { repositoryName } from '../restic/failures.ts'
import { initRepository } from '../restic/init.ts'
import { openRestic } from '../restic/open.ts'
import type { JobContext } from './context/job-context.ts'

export interface InitResult {
  readonly created: boolean
  readonly id: string
  /** Where it is, without credentials. */
  readonly repository: string
}

/** Creates the repository when restic says there is none; any other error is thrown as it is. */
export const init = async ({ config, report, signal }: JobContext): Promise<InitResult> => {
  report({ type: 'step', title: 'Looking for the repository' })
  const restic = await openRestic(config.environment.restic, { signal })
  const result = await initRepository(restic, { signal })
  return { ...result, repository: repositoryName(restic.environment) }
}
