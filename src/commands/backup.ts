import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'backup',
  group: 'Backup',
  does: 'Save the databases and the data directories as one snapshot; users keep working.',
  examples: ['backup', 'backup --dry-run', 'backup --quiet --json'],
  options: {
    dryRun: { short: 'n', does: 'show what would be saved, and save nothing' },
  },
  needsConfig: true,
  run: async (context, { dryRun }) => {
    const [{ backup, planBackup }, { backupPlan, backupSummary }] = await Promise.all([
      import('../jobs/backup.ts'),
      import('../ui/backup.ts'),
    ])
    if (dryRun) {
      const plan = await planBackup(context)
      context.ui.data(plan, () => backupPlan(plan))
      return exitCodes.done
    }
    const outcome = await backup(context)
    for (const message of outcome.incomplete) context.report({ type: 'warning', message })
    context.ui.summary(outcome, () => backupSummary(outcome))
    return outcome.incomplete.length === 0 ? exitCodes.done : exitCodes.incomplete
  },
})
