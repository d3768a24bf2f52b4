import { takeLock } from '../lock.ts'
import { makePrivate } from '../staging/area.ts'
import type { JobContext } from './job-context.ts'

/** Does `work` while no other run of this installation can begin. */
export const withLock = async <Result>(
  { config, now }: JobContext,
  command: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  await makePrivate(config.stateDir)
  const lock = await takeLock(config.stateDir, { command, pid: process.pid, since: now() }, config.environment.tools)
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
