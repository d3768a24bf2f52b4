import { type ExitCode, exitCodes } from '../errors.ts'
import { planRollback, rollback } from '../jobs/rollback.ts'
import { rollbackPlan, rollbackSummary } from '../ui/rollback.ts'
import { confirm, tellDeclined } from './confirmation.ts'
import type { Context } from './context.ts'

export interface PlannedOptions {
  readonly dryRun: boolean
  readonly yes: boolean
}

export const run = async (context: Context, { dryRun, yes }: PlannedOptions): Promise<ExitCode> => {
  const { ui } = context
  if (dryRun) {
    const plan = await planRollback(context)
    ui.data(plan, () => `${rollbackPlan(plan)}Nothing was swapped.\n`)
    return exitCodes.done
  }
  const outcome = await rollback(context, (plan) =>
    confirm(context, {
      yes,
      because: 'A rollback replaces live data',
      plan: () => rollbackPlan(plan),
      question: 'Swap what is live with this?',
    }),
  )
  if (outcome === null) tellDeclined(context, 'Nothing was swapped.')
  else ui.summary(outcome, () => rollbackSummary(outcome))
  return exitCodes.done
}
