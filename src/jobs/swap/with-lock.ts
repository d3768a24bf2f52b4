import { sweepOptionFiles } from '../../engines/host-engine.ts'
import { takeLock } from '../../lock.ts'
import { giveWay } from '../../priority.ts'
import { makePrivate } from '../../staging/area.ts'
import { temporaryFolder } from '../context/connect.ts'
import type { JobContext } from '../context/job-context.ts'
import { recover } from './recover.ts'
import type { Interrupted } from './writers.ts'

/** Does `work` while no other run of this installation can begin, after what a crashed restore has left is put right. */
export const withLock = async <Result>(
  context: JobContext,
  command: string,
  work: (interrupted: Interrupted | null) => Promise<Result>,
): Promise<Result> => {
  const { config, now } = context
  await makePrivate(config.stateDir)
  const lock = await takeLock(config.stateDir, { command, pid: process.pid, since: now() }, config.environment.tools)
  try {
    await sweepOptionFiles(temporaryFolder(config))
    return await work(await recover(context, command))
  } finally {
    await lock.release()
  }
}

/** The same for work that nobody waits for: it gives way to everything else, and keeps to the limits of the settings. */
export const withLockInBackground = <Result>(
  context: JobContext,
  command: string,
  work: (context: JobContext) => Promise<Result>,
): Promise<Result> =>
  withLock(context, command, async () => {
    const { lowPriority, environment } = context.config
    // Not before: what puts a crash right starts SeaTable, which would be slow from then on.
    if (lowPriority) await giveWay(environment.tools)
    return work({ ...context, inBackground: true })
  })
