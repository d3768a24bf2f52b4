import { type ExitCode, exitCodes } from '../errors.ts'
import { rollback } from '../jobs/rollback.ts'
import { rollbackSummary } from '../ui/plans.ts'
import type { Context } from './context.ts'

export const run = async (context: Context): Promise<ExitCode> => {
  const outcome = await rollback(context)
  context.ui.summary(outcome, () => rollbackSummary(outcome))
  return exitCodes.done
}
