import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lockHolder } from '../../lock.ts'
import type { JobContext } from '../context/job-context.ts'

const minuteMs = 60_000

/** How long a lock is waited for that cannot be seen from here, as that of the repository: longer each time. */
const pauseOf = (tries: number): number => Math.min(15, 2 ** tries) * minuteMs

/** Waits until it is worth another try: the lock of this host is free, or some minutes have passed. Never beyond `until`. */
export const awaitTurn = async (
  { config, now, signal }: Pick<JobContext, 'config' | 'now' | 'signal'>,
  tries: number,
  until: Date,
): Promise<void> => {
  const left = () => until.getTime() - now().getTime()
  const path = join(config.stateDir, 'lock')
  const rest = (ms: number): Promise<void> =>
    sleep(Math.max(0, Math.min(ms, left())), undefined, { signal }).catch(() => {})
  if ((await lockHolder(path)) === null) return rest(pauseOf(tries))
  while (left() > 0 && !signal.aborted && (await lockHolder(path)) !== null) await rest(1000)
}
