import { type ExitCode, exitCodes } from '../errors.ts'
import { init } from '../jobs/init.ts'
import type { Context } from './context.ts'

/** Creates the repository; says so when it was there already. */
export const run = async (context: Context, _options: object): Promise<ExitCode> => {
  const result = await init(context)
  context.ui.summary(result, () =>
    result.created
      ? `Created repository ${result.id.slice(0, 10)} at ${result.repository}. Keep its password elsewhere too: without it the backups are lost.`
      : `Repository ${result.id.slice(0, 10)} exists at ${result.repository}.`,
  )
  return exitCodes.done
}
