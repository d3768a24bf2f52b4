import type { Config } from '../config/config.ts'
import type { BegunRun } from './history/run.ts'
import { readLastDrill } from './state/last-drill.ts'
import { type FailedRun, failedRuns } from './status/failed-runs.ts'
import { type JobStatus, statusOf } from './status/job-status.ts'
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
  const [last, left, drill] = await Promise.all([
    readLastRuns(stateDir, now),
    lookWhatIsLeft(stateDir),
    readLastDrill(stateDir).catch(() => null),
  ])
  const ages = [
    ['backup', config.maxBackupAge],
    ['drill', config.maxDrillAge],
    ['check', config.maxCheckAge],
    ['copy', config.maxCopyAge],
  ] as const
  // Older versions noted down good drills alone.
  const good = drill === null || last.good.has('drill') ? null : { ended: drill.at, snapshot: drill.snapshot }
  const jobs = ages.map(([job, hours]) => statusOf(job, hours, last, now, job === 'drill' ? good : null))
  const failed = failedRuns(last)
  const problems = problemsOf({ wrong, jobs, failed, left, isAtWork: last.atWork.length > 0 })
  return { ok: problems.length === 0, at: now.toISOString(), problems, jobs, failed, atWork: last.atWork, left }
}
