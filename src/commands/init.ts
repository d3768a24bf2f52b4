import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'init',
  group: 'Repository',
  does: 'Create the restic repository if it does not exist.',
  examples: ['init'],
  needsConfig: true,
  run: async (context) => {
    const { init } = await import('../jobs/init.ts')
    const result = await init(context)
    context.ui.summary(result, () =>
      result.created
        ? `Created repository ${result.id.slice(0, 10)} at ${result.repository}. Keep its password elsewhere too: without it the backups are lost.`
        : `Repository ${result.id.slice(0, 10)} exists at ${result.repository}.`,
    )
    return exitCodes.done
  },
})
