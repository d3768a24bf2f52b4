import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import type { Choice } from '../jobs/choose-snapshot.ts'
import { type InstallationPlan, planInstallation, restoreInstallation } from '../jobs/restore-installation.ts'
import { installationPlan, installationSummary } from '../ui/installation.ts'
import type { Context } from './context.ts'

export interface ExtraOptions {
  readonly choice: Choice
  readonly dryRun: boolean
  readonly yes: boolean
}

/** `restore --extra`: the small files of the installation, and nothing else. */
export const run = async (context: Context, { choice, dryRun, yes }: ExtraOptions): Promise<ExitCode> => {
  const { ui } = context
  if (dryRun) {
    const plan = await planInstallation(context, choice)
    ui.data({ dryRun: true, ...plan }, () => installationPlan(plan))
    return exitCodes.done
  }
  const done = await restoreInstallation(context, { choice, confirm: confirmation(context, yes) })
  if (done === null) {
    ui.note('Nothing was touched.')
    return exitCodes.done
  }
  ui.summary(done, () => installationSummary(done))
  return exitCodes.done
}

const confirmation =
  ({ ui, interactive }: Context, yes: boolean) =>
  async (plan: InstallationPlan): Promise<boolean> => {
    if (yes) return true
    if (!interactive) {
      throw new UserError(
        'Files of the installation would be put in their places, and there is no terminal to ask on',
        'Look at the plan with --dry-run, then give --yes.',
        exitCodes.usage,
      )
    }
    ui.note(installationPlan(plan))
    return ui.confirm('Put them in their places?')
  }
