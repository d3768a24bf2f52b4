import type { Config } from '../../config/config.ts'
import { lastDue, type Times } from './occurrences.ts'

/** What `schedule run` does by itself, in this order. */
export const scheduledCommands = ['backup', 'forget', 'drill', 'check'] as const

export type ScheduledCommand = (typeof scheduledCommands)[number]

/** What is done here, and when. */
export interface Plan {
  readonly backup: Times
  /** After each backup that went well. */
  readonly forget: boolean
  readonly drill: Times
  readonly check: Times
}

/** What the settings say; backups, and what follows them, may be a wrapper's. */
export const planOf = (config: Config, withoutBackup: boolean): Plan => ({
  backup: withoutBackup ? null : config.backupAt,
  forget: !withoutBackup && config.backupAt !== null && config.forgetAfterBackup,
  drill: config.drillAt,
  check: config.checkAt,
})

/** Every time at which something of it is due. */
export const timesOf = ({ backup, drill, check }: Plan): Times[] =>
  [backup, drill, check].filter((times) => times !== null)

/**
 * How a run ended: `locked` is none at all, `cut off` was killed or interrupted, and is done again. What failed is `over`:
 * it is told, and not tried again and again.
 */
export const endingOf = ({ exitCode }: PastRun): 'locked' | 'cut off' | 'over' => {
  if (exitCode === 11) return 'locked'
  return exitCode === null || exitCode === 130 || exitCode === 143 ? 'cut off' : 'over'
}

/** What is asked of a run that was noted down. */
export interface PastRun {
  readonly command: string
  readonly ended: string
  readonly exitCode: number | null
  readonly facts: { readonly pruned?: boolean | undefined }
}

export interface Moment {
  readonly now: Date
  /** Such as `Europe/Berlin`. */
  readonly zone: string
  /** Since when it runs by itself here: what was due before is not made up for. Null: not known. */
  readonly since: Date | null
}

/** So often what was cut off is begun anew; more would be for ever, where it is cut off by what it does. */
const mostTries = 3

/** Whether something is to be done now, by what was done. `past` has the runs that ended, in the order of time. */
export const isDue = (command: ScheduledCommand, plan: Plan, past: readonly PastRun[], moment: Moment): boolean =>
  command === 'forget' ? isForgetDue(plan, past, moment) : isTimedDue(plan[command], command, past, moment)

const isTimedDue = (times: Times, command: string, past: readonly PastRun[], { now, zone, since }: Moment): boolean => {
  const due = lastDue(times, now, zone)
  if (due === null || (since !== null && due < since)) return false
  // By its end: one that is still at work at this time is a run of now.
  const done = past.filter((run) => run.command === command && new Date(run.ended) >= due)
  const cutOff = done.filter((run) => endingOf(run) === 'cut off').length
  return cutOff < mostTries && done.every((run) => endingOf(run) !== 'over')
}

/** After a good backup only: a failing one must not thin out the good ones. */
const isForgetDue = ({ forget }: Plan, past: readonly PastRun[], { since }: Moment): boolean => {
  const runs = past.filter((run) => endingOf(run) !== 'locked')
  const last = runs.findLastIndex(({ command }) => command === 'backup')
  const backup = runs[last]
  if (!forget || backup === undefined || backup.exitCode !== 0) return false
  if (since !== null && new Date(backup.ended) < since) return false
  const after = runs.slice(last).filter(({ command }) => command === 'forget')
  return after.length < mostTries && after.every((run) => endingOf(run) !== 'over')
}

const weekMs = 7 * 24 * 3_600_000
/** A week, less what one run may be earlier than the one before. */
const pruneMs = weekMs - 6 * 3_600_000

/** The words of its command line. */
export const argumentsOf = (command: ScheduledCommand, past: readonly PastRun[], now: Date): string[] => {
  if (command === 'check') return ['check', '--read-data-subset', '5%']
  if (command !== 'forget') return [command]
  const pruned = past.findLast((run) => run.command === 'forget' && run.exitCode === 0 && run.facts.pruned === true)
  const isFresh = pruned !== undefined && now.getTime() - Date.parse(pruned.ended) < pruneMs
  return isFresh ? ['forget'] : ['forget', '--prune']
}
