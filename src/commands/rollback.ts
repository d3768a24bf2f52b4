import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'
import { planned } from './definition/options.ts'

export const command = defineCommand({
  name: 'rollback',
  group: 'Restore',
  does: 'Swap back what was live before the last restore.',
  examples: ['rollback --dry-run   what would be swapped back', 'rollback'],
  options: planned,
  needsConfig: true,
  run: async (context, { dryRun, yes }) => {
    const [{ confirm, goOnUnproven, tellDeclined }, { planRollback, rollback }, { rollbackPlan, rollbackSummary }] =
      await Promise.all([
        import('./context/confirmation.ts'),
        import('../jobs/rollback.ts'),
        import('../ui/rollback.ts'),
      ])
    const { ui } = context
    if (dryRun) {
      const plan = await planRollback(context)
      ui.data(plan, () => `${rollbackPlan(plan)}Nothing was swapped.\n`)
      return exitCodes.done
    }
    const outcome = await rollback(context, {
      mayStayUnproven: goOnUnproven(context, yes),
      confirm: (plan) =>
        confirm(context, {
          yes,
          because: 'A rollback replaces live data',
          plan: () => rollbackPlan(plan),
          question: 'Swap what is live with this?',
        }),
    })
    if (outcome === null) tellDeclined(context, 'Nothing was swapped.')
    else {
      context.record({ snapshot: outcome.snapshot, downtimeSeconds: outcome.downtimeSeconds })
      ui.summary(outcome, () => rollbackSummary(outcome))
    }
    return exitCodes.done
  },
})
