import { exitCodes, UserError } from '../../errors.ts'
import { takeLock } from '../../lock.ts'
import { makePrivate } from '../../staging/area.ts'
import type { JobContext } from '../context/job-context.ts'

/** Does `work` unless another run of the schedule is at work: that one does what is due. Null then. */
export const runAlone = async <Result>(
  { config, now }: Pick<JobContext, 'config' | 'now'>,
  work: () => Promise<Result>,
): Promise<Result | null> => {
  await makePrivate(config.stateDir)
  const who = { command: 'schedule run', pid: process.pid, since: now() }
  const lock = await takeLock(config.stateDir, who, config.environment.tools, 'schedule.lock').catch((error) => {
    if (error instanceof UserError && error.exitCode === exitCodes.locked) return null
    throw error
  })
  if (lock === null) return null
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
