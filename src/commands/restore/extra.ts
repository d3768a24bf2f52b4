import { type ExitCode, exitCodes } from '../../errors.ts'
import { planInstallation, restoreInstallation } from '../../jobs/restore/installation.ts'
import type { Choice } from '../../jobs/snapshots/choose.ts'
import { installationPlan, installationSummary } from '../../ui/installation.ts'
import { confirm, tellDeclined } from '../context/confirmation.ts'
import type { Context } from '../context/context.ts'

/** `restore --extra`: the small files of the installation, and nothing else. */
export const restoreExtra = async (
  context: Context,
  choice: Choice,
  { dryRun, yes }: { readonly dryRun: boolean; readonly yes: boolean },
): Promise<ExitCode> => {
  const { ui } = context
  if (dryRun) {
    const plan = await planInstallation(context, choice)
    ui.data({ dryRun: true, ...plan }, () => installationPlan(plan))
    return exitCodes.done
  }
  const done = await restoreInstallation(context, {
    choice,
    confirm: (plan) =>
      confirm(context, {
        yes,
        because: 'Files of the installation would be put in their places',
        plan: () => installationPlan(plan),
        question: 'Put them in their places?',
      }),
  })
  if (done === null) tellDeclined(context, 'Nothing was touched.')
  else ui.summary(done, () => installationSummary(done))
  return exitCodes.done
}
