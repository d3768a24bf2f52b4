import { type ExitCode, exitCodes } from '../errors.ts'
import { backup, planBackup } from '../jobs/backup.ts'
import { backupPlan, backupSummary } from '../ui/backup.ts'
import type { Context } from './context.ts'

export const run = async (context: Context, { dryRun }: { readonly dryRun: boolean }): Promise<ExitCode> => {
  if (dryRun) {
    const plan = await planBackup(context)
    context.ui.data(plan, () => backupPlan(plan))
    return exitCodes.done
  }
  const outcome = await backup(context)
  for (const message of outcome.incomplete) context.report({ type: 'warning', message })
  context.ui.summary(outcome, () => backupSummary(outcome))
  return outcome.incomplete.length === 0 ? exitCodes.done : exitCodes.incomplete
}
