import type { Config } from '../../config/config.ts'
import { readNoticePlaces } from '../../config/notice-places.ts'
import { type ExitCode, exitCodes, UserError } from '../../errors.ts'
import { callerVariable } from '../../jobs/history/callers.ts'
import { readHistory } from '../../jobs/history/history.ts'
import { noticeOverdue } from '../../jobs/notify.ts'
import { mailWeeklyReport } from '../../jobs/report-mail.ts'
import { runAlone } from '../../jobs/schedule/alone.ts'
import { runChild } from '../../jobs/schedule/child.ts'
import { planOf } from '../../jobs/schedule/jobs.ts'
import { runDue } from '../../jobs/schedule/run-due.ts'
import { comingJobs } from '../../jobs/schedule/show.ts'
import { readSince } from '../../jobs/schedule/since.ts'
import { reportMail } from '../../ui/report/mail.ts'
import type { ContextWithoutConfig } from '../context/context.ts'
import { ownProgram } from '../context/own-program.ts'
import { runSummary } from './texts.ts'
import { zoneOfHost } from './this-host.ts'

/** Does what is due, each as a process of its own, one after the other. */
export const runSchedule = async (
  context: ContextWithoutConfig,
  { withoutBackup }: { readonly withoutBackup: boolean },
): Promise<ExitCode> => {
  const start = starterOf(context)
  const config = await rightConfig(context)
  // What is wrong with the settings is noted down and told by a job that fails of it.
  if (config === null) return start([withoutBackup ? 'drill' : 'backup'])
  const { ui, now } = context
  const zone = zoneOfHost()
  const plan = planOf(config, withoutBackup)
  const moment = { zone, since: await readSince(config.stateDir) }
  const past = () => readHistory(config.stateDir)
  const job = { ...context, config, databasePassword: async () => null }
  const outcome = await runAlone(job, async () => {
    const done = await runDue(job, { plan, moment, past, start })
    const places = await readNoticePlaces(config)
    const { warnings } = await noticeOverdue({ config, places, now }, moment.since ?? now())
    const unsent = await mailWeeklyReport({ config, now, mailOf: reportMail }, places, zone)
    for (const message of [...warnings, ...unsent]) job.report({ type: 'warning', message })
    return done
  })
  if (outcome === null) {
    ui.note('Another run of the schedule is at work, and does what is due.')
    return exitCodes.done
  }
  ui.summary(outcome, () => runSummary(outcome, comingJobs(plan, now(), zone, 1), zone))
  return outcome.exitCode
}

/** Null when something is wrong with it. */
const rightConfig = async ({ loadConfig }: ContextWithoutConfig): Promise<Config | null> => {
  try {
    return (await loadConfig()).config
  } catch (error) {
    if (error instanceof UserError && error.exitCode === exitCodes.usage) return null
    throw error
  }
}

const starterOf = ({ outside, signal, json, quiet, verbose, envFile }: ContextWithoutConfig) => {
  const given = Object.entries(outside.env).filter(([, value]) => value !== undefined) as [string, string][]
  const env = { ...Object.fromEntries(given), [callerVariable]: 'schedule' }
  const options = [
    ...(envFile === undefined ? [] : ['--env-file', envFile]),
    ...(quiet ? ['--quiet'] : []),
    ...(verbose ? ['--verbose'] : []),
  ]
  return (args: readonly string[]): Promise<ExitCode> =>
    runChild(ownProgram(), [...args, ...options], { env, signal, quietly: json })
}
