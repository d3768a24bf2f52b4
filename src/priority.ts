import { readdir } from 'node:fs/promises'
import { getPriority, setPriority } from 'node:os'
import { run } from './process.ts'

/** What gives way has this much of the niceness: a tenth of the processor where others want all of it, and never nothing. */
export const lowNiceness = 10

/** The end of the queue of those who are served: who is served last of all (`idle`) may wait for ever. */
export const lowIo = ['-c', '2', '-n', '7'] as const

/**
 * Lets this process, and all that it starts from now on, give way to others: for processors and for disks. Never fails,
 * and raises nothing that is lower already. Linux gives each thread a priority of its own, which those it starts inherit.
 */
export const giveWay = async (environment: Readonly<Record<string, string>>): Promise<void> => {
  const threads = (await readdir('/proc/self/task').catch(() => [])).map(Number)
  for (const thread of threads) giveWayOf(thread)
  const ionice = (...args: readonly string[]) =>
    run({ file: 'ionice', args, env: environment }, { timeout: 5_000, ownSession: true })
  const { exitCode, stdout } = await ionice('-p', String(process.pid))
  if (exitCode !== 0 || stdout.startsWith('idle')) return
  await ionice(...lowIo, '-p', ...[process.pid, ...threads.filter((thread) => thread !== process.pid)].map(String))
}

const giveWayOf = (thread: number): void => {
  try {
    if (getPriority(thread) < lowNiceness) setPriority(thread, lowNiceness)
  } catch {
    // The thread has ended, or this host forbids it.
  }
}
