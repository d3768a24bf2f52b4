import { killedRun } from '../history/history.ts'
import { runsBackwards } from '../history/history-file.ts'
import { readMarks } from '../history/marks.ts'
import type { BegunRun, Run } from '../history/run.ts'
import { commandsOf, isOfJob, type JobName, verdictOn } from '../history/verdict.ts'

/** What the history says of what matters now. */
export interface LastRuns {
  /** The last good run of each job; absent where there was none. */
  readonly good: ReadonlyMap<JobName, Run>
  /** The last failure of each job that no good run has followed. */
  readonly failed: ReadonlyMap<JobName, Run>
  /** The last run of other commands, such as a restore, where it failed lately. */
  readonly failedOnce: readonly Run[]
  readonly atWork: readonly BegunRun[]
}

/** For so long a failure of what is asked for once is shown. */
const lately = 7 * 24 * 3_600_000

/** Reads what runs have left, and changes nothing: it is the next run that notes down those which were killed. */
export const readLastRuns = async (stateDir: string, now: Date): Promise<LastRuns> => {
  const { atWork, gone } = await readMarks(stateDir, now)
  const noted = await readWhatMatters(stateDir, new Set(gone.map(({ id }) => id)))
  const ids = new Set(noted.map(({ id }) => id))
  const killed = gone.filter(({ id }) => !ids.has(id)).map((run) => killedRun(run, now))
  const runs = [...noted, ...killed].toSorted((one, other) => (one.began < other.began ? 1 : -1))
  const good = new Map<JobName, Run>()
  const failed = new Map<JobName, Run>()
  const once = new Map<string, Run>()
  for (const run of runs) {
    const verdict = verdictOn(run)
    if (verdict === null) {
      if (!once.has(run.command)) once.set(run.command, run)
      continue
    }
    const { job, how } = verdict
    if (good.has(job)) continue
    const list = how === 'good' ? good : failed
    if (!list.has(job)) list.set(job, run)
  }
  const failedOnce = [...once.values()].filter((run) => hasFailedLately(run, now))
  // One that has ended and is being told is at work no more.
  return { good, failed, failedOnce, atWork: atWork.filter(({ id }) => !ids.has(id)) }
}

/** Runs from the last good one of each job on, and the last one of each other command. */
const readWhatMatters = async (stateDir: string, gone: ReadonlySet<string>): Promise<Run[]> => {
  const settled = new Set<string>()
  const runs: Run[] = []
  for await (const run of runsBackwards(stateDir, (id, command) => gone.has(id) || !settled.has(command))) {
    runs.push(run)
    const verdict = verdictOn(run)
    if (verdict?.how === 'good') for (const command of commandsOf(verdict.job)) settled.add(command)
    if (!isOfJob(run.command)) settled.add(run.command)
  }
  return runs
}

const hasFailedLately = ({ command, exitCode, ended }: Run, now: Date): boolean =>
  exitCode !== 0 && !isOfJob(command) && now.getTime() - Date.parse(ended) < lately
