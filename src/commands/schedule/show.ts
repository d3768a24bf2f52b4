import { type ExitCode, exitCodes } from '../../errors.ts'
import { planOf } from '../../jobs/schedule/jobs.ts'
import { comingJobs, lookAtSchedule } from '../../jobs/schedule/show.ts'
import type { ContextWithoutConfig } from '../context/context.ts'
import { scheduleDocument, scheduleTable } from './texts.ts'
import { zoneOfHost } from './this-host.ts'

/** What is due when, and what calls us. */
export const showSchedule = async (context: ContextWithoutConfig): Promise<ExitCode> => {
  const { config } = await context.loadConfig()
  const schedule = await lookAtSchedule(config)
  const zone = zoneOfHost()
  const jobs = comingJobs(planOf(config, schedule.withoutBackup), context.now(), zone, 3)
  context.ui.data(scheduleDocument(schedule, jobs, zone), () => scheduleTable(schedule, jobs, zone))
  return exitCodes.done
}
