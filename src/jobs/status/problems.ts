import type { FailedRun } from './failed-runs.ts'
import type { JobStatus } from './job-status.ts'
import type { LeftHere } from './left-here.ts'

/** Why not all is well: what it is about never changes, so that a message is sent once. */
export interface Problem {
  /** `settings`, `overdue:JOB`, `failed:COMMAND`, `interrupted`, or `state`. */
  readonly id: string
  readonly message: string
  readonly hint: string
}

interface Found {
  readonly wrong: string | null
  readonly jobs: readonly JobStatus[]
  readonly failed: readonly FailedRun[]
  readonly left: LeftHere
  readonly isAtWork: boolean
}

/** The worst first. */
export const problemsOf = ({ wrong, jobs, failed, left, isAtWork }: Found): Problem[] => [
  ...ofSettings(wrong),
  ...(isAtWork ? [] : ofInterrupted(left)),
  ...jobs.flatMap(ofAge),
  ...failed.filter(({ isJudged }) => isJudged).map(ofFailure),
  ...left.unreadable.map((message) => ({
    id: 'state',
    message,
    hint: 'Run as the user who runs the backups: mostly root.',
  })),
]

const ofSettings = (wrong: string | null): Problem[] =>
  wrong === null
    ? []
    : [{ id: 'settings', message: wrong, hint: '`seatable-restic config` tells what is set, and where.' }]

const ofInterrupted = ({ interrupted }: LeftHere): Problem[] => {
  if (interrupted === null || !interrupted.isLiveTouched) return []
  const { command, began } = interrupted
  return [
    {
      id: 'interrupted',
      message: `The ${command} that began at ${began} was interrupted while live data was replaced: SeaTable may be stopped`,
      hint: 'Any command that changes something finishes it or takes it back, such as seatable-restic backup.',
    },
  ]
}

const ofAge = ({ job, status, ageSeconds, maxAgeSeconds }: JobStatus): Problem[] => {
  const hint = `Does it run by itself? Run it now: seatable-restic ${job}.`
  if (status === 'never') return [{ id: `overdue:${job}`, message: `No good ${job} is known here`, hint }]
  if (status !== 'overdue' || ageSeconds === null || maxAgeSeconds === null) return []
  const message = `The last good ${job} is ${age(ageSeconds)} old, more than ${age(maxAgeSeconds)}`
  return [{ id: `overdue:${job}`, message, hint }]
}

const ofFailure = ({ command, exitCode, error, began }: FailedRun): Problem => {
  const how = exitCode === null ? 'was killed' : `failed with exit code ${exitCode}`
  const why = exitCode === null || error === null ? '' : `: ${error.message.split('\n')[0]}`
  return {
    id: `failed:${command}`,
    message: `The last ${command}, of ${began}, ${how}${why}`,
    hint: error?.hint ?? `Run it again: seatable-restic ${command}.`,
  }
}

/** Hours up to two days, then days: nobody is woken by minutes. */
const age = (seconds: number): string => {
  const hours = Math.floor(seconds / 3600)
  return hours <= 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`
}
