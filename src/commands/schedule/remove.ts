import { type ExitCode, exitCodes } from '../../errors.ts'
import { planRemove, remove } from '../../jobs/schedule/remove.ts'
import { confirm, tellDeclined } from '../context/confirmation.ts'
import type { ContextWithoutConfig } from '../context/context.ts'
import { removePlan } from './texts.ts'
import { refuseOthers } from './this-host.ts'

/** Takes away what `schedule install` wrote, and nothing else. */
export const removeSchedule = async (
  context: ContextWithoutConfig,
  { dryRun, yes }: { readonly dryRun: boolean; readonly yes: boolean },
): Promise<ExitCode> => {
  const { config } = await context.loadConfig()
  refuseOthers()
  const plan = await planRemove()
  const { ui } = context
  if (dryRun || plan.removed.length + plan.edited.length === 0) {
    ui.data({ dryRun, ...plan }, () => `${removePlan(plan)}${dryRun ? 'Nothing was removed.\n' : ''}`)
    return exitCodes.done
  }
  const isWanted = await confirm(context, {
    yes,
    because: 'Without it nothing is backed up by itself',
    plan: () => removePlan(plan),
    question: 'Remove this?',
  })
  if (!isWanted) {
    tellDeclined(context, 'Nothing was removed.')
    return exitCodes.done
  }
  await remove({ config }, plan)
  ui.summary({ dryRun, ...plan }, () => `${removePlan(plan)}Nothing runs by itself any more.\n`)
  return exitCodes.done
}
