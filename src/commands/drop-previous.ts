import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'
import { planned } from './definition/options.ts'

const nothingKept = 'No previous data is kept.'

export const command = defineCommand({
  name: 'drop-previous',
  group: 'Restore',
  does: 'Drop the data that the last restore replaced.',
  examples: ['drop-previous --dry-run   what would be dropped', 'drop-previous'],
  options: planned,
  needsConfig: true,
  run: async (context, { dryRun, yes }) => {
    const [{ confirm, tellDeclined }, { dropPrevious, planDropPrevious }, { formatTime }, { dropPlan }] =
      await Promise.all([
        import('./context/confirmation.ts'),
        import('../jobs/drop-previous.ts'),
        import('../ui/format.ts'),
        import('../ui/drop-previous.ts'),
      ])
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
  },
})
