import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'status',
  group: 'Monitoring',
  does: 'Tell from local state alone what ran, what is overdue and what failed; for monitoring.',
  examples: [
    'status          one screen; its first line says it all, and so does the exit code',
    'status --json   for monitoring',
  ],
  // Settings that are wrong are an answer as well.
  needsConfig: false,
  run: async (context) => {
    const [{ status }, { statusReport, statusSummary }] = await Promise.all([
      import('../jobs/status.ts'),
      import('./status/screen.ts'),
    ])
    const { config, wrong } = await context.loadWhatIsRight()
    const found = await status(config, context.now(), wrong)
    context.ui.data({ summary: statusSummary(found), ...found }, () => statusReport(found))
    // Nothing but these two: a container's health check knows no other.
    return found.ok ? exitCodes.done : exitCodes.failed
  },
})
