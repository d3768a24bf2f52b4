import { exitCodes, UserError } from '../errors.ts'
import { mailWeeklyReport } from '../jobs/report-mail.ts'
import { reportMail } from '../ui/report/mail.ts'
import { defineCommand } from './definition/command.ts'
import { zoneOfHost } from './schedule/this-host.ts'

export const command = defineCommand({
  name: 'notify',
  group: 'Monitoring',
  does: 'Tell the places of NOTIFY what is overdue, or send each of them a test message.',
  examples: [
    'notify --test      sends a message to every place, and says which answered',
    'notify --overdue   for a timer or cron',
  ],
  options: {
    test: { does: 'send a test message to every place, and say which answered', excludes: ['overdue'] },
    overdue: { does: 'tell of what is overdue or was killed, and of nothing when all is well' },
  },
  needsConfig: true,
  run: async (context, { test, overdue }) => {
    if (!test && !overdue) {
      throw new UserError({
        message: 'notify needs --test or --overdue',
        hint: 'Failures are told by the runs themselves. `seatable-restic notify --test` tries every place.',
        exitCode: exitCodes.usage,
      })
    }
    const [{ tryNotices, noticeOverdue }, { readSince }, { readNoticePlaces }] = await Promise.all([
      import('../jobs/notify.ts'),
      import('../jobs/schedule/since.ts'),
      import('../config/notice-places.ts'),
    ])
    const { config, ui, now, report } = context
    const places = await readNoticePlaces(config)
    if (overdue) {
      const { warnings, ...found } = await noticeOverdue({ config, places, now }, await readSince(config.stateDir))
      const unsent = await mailWeeklyReport({ config, now, mailOf: reportMail }, places, zoneOfHost())
      for (const message of [...warnings, ...unsent]) report({ type: 'warning', message })
      ui.summary(found, () =>
        found.overdue.length === 0 ? 'Nothing is overdue.' : `Overdue: ${found.overdue.join(', ')}.`,
      )
      return exitCodes.done
    }
    const result = await tryNotices({ config, places })
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
