import { exitCodes, UserError } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'notify',
  group: 'Monitoring',
  does: 'Send a test message to every place that is told of failures, and say which answered.',
  examples: ['notify --test'],
  options: { test: { does: 'send a test message' } },
  needsConfig: true,
  run: async (context, { test }) => {
    if (!test) {
      throw new UserError({
        message: 'notify does nothing without --test',
        hint: 'Messages are sent by the runs themselves. `seatable-restic notify --test` sends one to every place.',
        exitCode: exitCodes.usage,
      })
    }
    const [{ tryNotices }, { readNoticePlaces }] = await Promise.all([
      import('../jobs/notify.ts'),
      import('../config/notice-places.ts'),
    ])
    const { config, ui } = context
    const result = await tryNotices({ config, places: await readNoticePlaces(config) })
    ui.data(result, () => result.places.map(lineOf).join('\n'))
    return result.ok ? exitCodes.done : exitCodes.failed
  },
})

const lineOf = ({
  name,
  problem,
  asked,
}: {
  readonly name: string
  readonly problem: string | null
  readonly asked: boolean
}): string => {
  if (!asked) return `- ${name} was not asked: it would take that for a run`
  return problem === null ? `✔ ${name} answered` : `✖ ${[name, problem].filter((part) => part !== '').join(' ')}`
}
