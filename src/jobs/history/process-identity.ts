import { readFile, readlink } from 'node:fs/promises'
import { z } from 'zod'

export const identitySchema = z.looseObject({
  pid: z.number(),
  /** When it was started, in ticks of the clock since this host booted: another process of the same number has another. */
  started: z.string(),
  /** Of this boot of the host. */
  boot: z.string(),
  /** The namespace in which the number counts. */
  namespace: z.string(),
})

/** What tells one process from all others of this host, before and after. */
export type ProcessIdentity = z.infer<typeof identitySchema>

const bootOf = async (): Promise<string> => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()

const namespaceOf = (): Promise<string> => readlink('/proc/self/ns/pid')

/** Null when there is no such process. The name in parentheses may hold anything, so that what follows it is counted. */
const startOf = async (pid: number): Promise<string | null> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (text === null) return null
  const [state, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // One that has ended and that nobody has asked about yet.
  return state === 'Z' || state === 'X' ? null : (rest[18] ?? null)
}

export const ownIdentity = async (): Promise<ProcessIdentity> => ({
  pid: process.pid,
  started: (await startOf(process.pid)) ?? '',
  boot: await bootOf(),
  namespace: await namespaceOf(),
})

/** Whether it still runs; null when that cannot be seen from here: it was started in another container, or outside. */
export const stillRuns = async ({ pid, started, boot, namespace }: ProcessIdentity): Promise<boolean | null> => {
  if (boot !== (await bootOf())) return false
  if (namespace !== (await namespaceOf())) return null
  return (await startOf(pid)) === started
}
