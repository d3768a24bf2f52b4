import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { mailReport, usualDays } from '../jobs/report-mail.ts'
import type { Answer } from '../jobs/telling/tell.ts'
import { reportMail } from '../ui/report/mail.ts'
import type { ContextWithoutConfig } from './context/context.ts'
import { defineCommand } from './definition/command.ts'

const mostDays = 3650

export const command = defineCommand({
  name: 'report',
  group: 'Monitoring',
  does: 'Tell of the last weeks in one HTML file: backups, growth, rows, drills, findings.',
  examples: [
    'report --output report.html     the last 90 days',
    'report --days 365 > year.html',
    'report --mail                   to the mail addresses of NOTIFY that ask for it',
    'report --json',
  ],
  options: {
    output: { value: 'FILE', does: 'write it there, instead of to stdout', excludes: ['json'] },
    mail: { does: 'mail it to the addresses of NOTIFY that ask for it, and say which took it', excludes: ['output'] },
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
  run: async (context, { output, mail, days = `${usualDays}` }) => {
    if (mail) return sendNow(context, Number(days))
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

const sendNow = async ({ loadConfig, now, ui }: ContextWithoutConfig, days: number): Promise<ExitCode> => {
  const [{ readNoticePlaces }, { mustHaveReaders }] = await Promise.all([
    import('../config/notice-places.ts'),
    import('../jobs/report/send.ts'),
  ])
  const { config } = await loadConfig()
  const answers = await mailReport(
    { config, now, mailOf: reportMail },
    mustHaveReaders(await readNoticePlaces(config)),
    days,
  )
  const ok = answers.every(({ problem }) => problem === null)
  ui.data({ ok, places: answers }, () => answers.map(lineOf).join('\n'))
  return ok ? exitCodes.done : exitCodes.failed
}

const lineOf = ({ name, problem }: Answer): string =>
  problem === null ? `✔ ${name} took the report` : `✖ ${name} ${problem}`
