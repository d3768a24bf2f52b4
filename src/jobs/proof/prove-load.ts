import type { Client } from '../../mysql/client/client.ts'
import { proveLoader } from '../../mysql/load/load.ts'
import type { JobContext } from '../context/job-context.ts'
import { expectLoaders } from '../state/leftovers.ts'

/** Tries out a load, as `proveLoader` does. What a crash leaves of it is removed by the next command. */
export const proveLoad = async ({ config }: Pick<JobContext, 'config'>, client: Client): Promise<void> => {
  await expectLoaders(config.stateDir, true)
  await proveLoader(client)
  await expectLoaders(config.stateDir, false)
}
