import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'forget',
  group: 'Repository',
  does: 'Forget snapshots that the retention policy (the KEEP settings) does not keep.',
  examples: ['forget --dry-run', 'forget --prune'],
  options: {
    prune: { does: 'free the space of what was forgotten' },
    dryRun: { short: 'n', does: 'show what would be forgotten, and forget nothing' },
  },
  needsConfig: true,
  run: async (context, { prune, dryRun }) => {
    const [{ forget }, { countByKind }, { forgetDocument, forgetSummary }] = await Promise.all([
      import('../jobs/forget.ts'),
      import('../jobs/snapshots/health.ts'),
      import('./forget/summary.ts'),
    ])
    const options = { prune, dryRun }
    const result = await forget(context, options)
    context.record({ forgotten: result.removed.length, pruned: prune, snapshots: countByKind(result.kept) })
    context.ui.summary(forgetDocument(result, options), () => forgetSummary(result, options))
    return exitCodes.done
  },
})
