import { exitCodes, UserError } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

const mostDays = 3650
const usualDays = 90

export const command = defineCommand({
  name: 'report',
  group: 'Monitoring',
  does: 'Tell of the last weeks in one HTML file: backups, growth, rows, drills, findings.',
  examples: ['report --output report.html     the last 90 days', 'report --days 365 > year.html', 'report --json'],
  options: {
    output: { value: 'FILE', does: 'write it there, instead of to stdout', excludes: ['json'] },
    days: { value: 'NUMBER', does: `of how many days (${usualDays})` },
  },
  // Settings that are wrong are told of as well.
  needsConfig: false,
  refuse: ({ days }) => {
    if (days === undefined || (/^\d{1,4}$/.test(days) && Number(days) >= 1 && Number(days) <= mostDays)) return
    throw new UserError({
      message: `"${days}" is not a number of days`,
      hint: `Give --days a whole number from 1 to ${mostDays}.`,
      exitCode: exitCodes.usage,
    })
  },
  run: async (context, { output, days = `${usualDays}` }) => {
    const [{ report }, { renderReport }] = await Promise.all([
      import('../jobs/report.ts'),
      import('../ui/report/render.ts'),
    ])
    const { config, wrong } = await context.loadWhatIsRight()
    const told = await report(config, { days: Number(days), now: context.now(), wrong })
    if (output === undefined) {
      context.ui.data(told, () => renderReport(told))
      return exitCodes.done
    }
    const { keepReport } = await import('../jobs/report/keep.ts')
    await keepReport(output, renderReport(told))
    context.ui.note(`The report is in ${output}.`)
    return exitCodes.done
  },
})
