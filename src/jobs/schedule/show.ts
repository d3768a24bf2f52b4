import type { JobContext } from '../context/job-context.ts'
import { type CallerFound, findCallers } from './callers.ts'
import { lookAtHost } from './host.ts'
import { type Plan, type ScheduledCommand, scheduledCommands } from './jobs.ts'
import { nextDue } from './occurrences.ts'
import { findFile } from './own-file.ts'
import { type TimerState, timerState } from './systemd.ts'
import { allPaths, unitPaths, withoutBackupOption } from './wanted-files.ts'

/** How this host runs by itself. */
export interface Schedule {
  /** What calls `schedule run`, as `schedule install` made it; null when nothing of it is there. */
  readonly by: 'systemd' | 'cron' | null
  /** Of the timer of systemd; null with cron. */
  readonly timer: TimerState | null
  /** True when a wrapper makes the backups. */
  readonly withoutBackup: boolean
  readonly callers: readonly CallerFound[]
}

/** What is installed, and what else calls us. */
export const lookAtSchedule = async ({ environment }: Pick<JobContext['config'], 'environment'>): Promise<Schedule> => {
  const files = (await Promise.all(allPaths.map(findFile))).filter(
    ({ standing }) => standing === 'ours' || standing === 'edited',
  )
  const isThere = (path: string) => files.some((file) => file.path === path)
  const { systemd } = await lookAtHost(environment.tools)
  const byTimer = systemd !== null && unitPaths.slice(0, 2).every(isThere)
  const byCron = files.some(({ path }) => !unitPaths.includes(path))
  return {
    by: byTimer ? 'systemd' : byCron ? 'cron' : null,
    timer: byTimer ? await timerState(environment.tools) : null,
    withoutBackup: files.some(({ text }) => text?.includes(withoutBackupOption)),
    callers: await findCallers(allPaths),
  }
}

export interface PlannedJob {
  readonly command: ScheduledCommand
  /** Null: it follows a good backup. Empty: never. */
  readonly next: readonly Date[] | null
}

/** What comes when. */
export const comingJobs = (plan: Plan, now: Date, zone: string, count: number): PlannedJob[] =>
  scheduledCommands.map((command) => {
    if (command === 'forget') return { command, next: plan.forget ? null : [] }
    return { command, next: nextDue(plan[command], now, zone, count) }
  })
