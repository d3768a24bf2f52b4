import { z } from 'zod'
import { callRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import { readMessage } from './messages.ts'
import type { Restic } from './open.ts'

/** A lock that lies in the repository. restic writes a lock anew every five minutes while it holds it. */
export interface RepositoryLock {
  readonly id: string
  /** When it was last written: ISO 8601. */
  readonly time: string
  readonly exclusive: boolean
  readonly hostname: string
  readonly pid: number
}

const lockRecord = z
  .looseObject({
    time: z.string(),
    exclusive: z.boolean().default(false),
    hostname: z.string().default(''),
    pid: z.number().default(0),
  })
  .transform(({ time, exclusive, hostname, pid }) => ({ time, exclusive, hostname, pid }))

const readAtMost = 5

/** The first five locks of the repository, read without taking one. One that goes meanwhile is none. */
export const listLocks = async (
  restic: Restic,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RepositoryLock[]> => {
  const ended = await callRestic(restic, ['list', 'locks', '--no-lock'], options)
  if (ended.exitCode !== 0) throw resticFailure('restic list locks', ended, restic.environment, options.signal)
  const ids = ended.stdout.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line))
  const locks = await Promise.all(
    ids.slice(0, readAtMost).map(async (id) => {
      const { exitCode, stdout } = await callRestic(restic, ['cat', 'lock', id, '--no-lock'], options)
      const record = exitCode === 0 ? readMessage(lockRecord, stdout) : null
      return record === null ? [] : [{ id, ...record }]
    }),
  )
  return locks.flat()
}
