import type { Run } from '../history/run.ts'
import { jobNames } from '../history/verdict.ts'
import type { LastRuns } from './last-runs.ts'

/** A failure that no good run of the same job has followed. */
export interface FailedRun extends Pick<Run, 'command' | 'by' | 'began' | 'ended' | 'exitCode' | 'error'> {
  /** False for what was asked for once, such as a restore: whoever did that has seen it. */
  readonly isJudged: boolean
}

export const failedRuns = ({ failed, failedOnce }: LastRuns): FailedRun[] => {
  const told = (isJudged: boolean) => (run: Run) => {
    const { command, by, began, ended, exitCode, error } = run
    return { command, by, began, ended, exitCode, error, isJudged }
  }
  return [...jobNames.flatMap((job) => failed.get(job) ?? []).map(told(true)), ...failedOnce.map(told(false))]
}
