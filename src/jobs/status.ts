import type { Config } from '../config/config.ts'
import type { BegunRun } from './history/run.ts'
import type { JobName } from './history/verdict.ts'
import { readSince } from './schedule/since.ts'
import { readLastDrill } from './state/last-drill.ts'
import { type FailedRun, failedRuns } from './status/failed-runs.ts'
import { type JobStatus, type Otherwise, statusOf } from './status/job-status.ts'
import { readLastRuns } from './status/last-runs.ts'
import { type LeftHere, lookWhatIsLeft } from './status/left-here.ts'
import { type Problem, problemsOf } from './status/problems.ts'

/** How backups stand here, by what runs have noted down: nobody is asked, and nothing is changed. */
export interface Status {
  readonly ok: boolean
  /** When it was so (ISO 8601). */
  readonly at: string
  readonly problems: readonly Problem[]
  readonly jobs: readonly JobStatus[]
  readonly failed: readonly FailedRun[]
  readonly atWork: readonly BegunRun[]
  readonly left: LeftHere
}

/** `wrong` is what is wrong with the settings: what is right of them is in `config`. */
export const status = async (config: Config, now: Date, wrong: string | null): Promise<Status> => {
  const { stateDir } = config
  const [last, left, drill, scheduled] = await Promise.all([
    readLastRuns(stateDir, now),
    lookWhatIsLeft(stateDir),
    readLastDrill(stateDir).catch(() => null),
    readSince(stateDir),
  ])
  // Older versions noted down good drills alone.
  const before = drill && { ended: drill.at, snapshot: drill.snapshot }
  const since = (times: object | null) => (times === null ? null : scheduled)
  const of = (job: JobName, maxHours: number | null, otherwise: Partial<Otherwise> = {}) =>
    statusOf(job, maxHours, last, now, { before: null, scheduledSince: null, ...otherwise })
  const jobs = [
    of('backup', config.maxBackupAge),
    of('drill', config.maxDrillAge, { before, scheduledSince: since(config.drillAt) }),
    of('check', config.maxCheckAge, { scheduledSince: since(config.checkAt) }),
    of('copy', config.maxCopyAge),
  ]
  const failed = failedRuns(last)
  const problems = problemsOf({ wrong, jobs, failed, left, isAtWork: last.atWork.length > 0 })
  return { ok: problems.length === 0, at: now.toISOString(), problems, jobs, failed, atWork: last.atWork, left }
}
