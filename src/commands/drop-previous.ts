import { type ExitCode, exitCodes } from '../errors.ts'
import { dropPrevious, planDropPrevious } from '../jobs/drop-previous.ts'
import { dropPlan } from '../ui/drop-previous.ts'
import { formatTime } from '../ui/format.ts'
import { confirm, tellDeclined } from './confirmation.ts'
import type { Context } from './context.ts'
import type { PlannedOptions } from './rollback.ts'

const nothingKept = 'No previous data is kept.'

export const run = async (context: Context, { dryRun, yes }: PlannedOptions): Promise<ExitCode> => {
  const { ui } = context
  if (dryRun) {
    const plan = await planDropPrevious(context)
    const text = () => (plan === null ? nothingKept : `${dropPlan(plan)}Nothing was dropped.\n`)
    ui.data({ dryRun: true, wouldDrop: plan }, text)
    return exitCodes.done
  }
  const { kept, dropped } = await dropPrevious(context, (plan) =>
    confirm(context, {
      yes,
      because: 'What is dropped is the way back from the last restore',
      plan: async () => dropPlan(await plan()),
      question: 'Drop it for good?',
    }),
  )
  if (kept !== null && !dropped) tellDeclined(context, 'Nothing was dropped.')
  else {
    ui.summary({ dropped: kept }, () =>
      kept === null
        ? nothingKept
        : `Dropped what was live until ${formatTime(kept.replacedAt)}: ${[...kept.databases, ...kept.directories].join(', ')}.`,
    )
  }
  return exitCodes.done
}
