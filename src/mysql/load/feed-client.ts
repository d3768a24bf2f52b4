import { exitCodes, UserError } from '../../errors.ts'
import type { Ended } from '../../process.ts'
import type { Client, RunningClient } from '../client/client.ts'
import { clientFailure } from '../client/failures.ts'

/** Where something is loaded, and how an error calls that. */
export interface Loading {
  readonly client: Client
  /** What an error says was being done. */
  readonly task: string
  /** The database that is loaded into. */
  readonly into: string
  readonly signal: AbortSignal | undefined
}

/** What a client was sent, by the table it was about. */
export interface SentLines {
  readonly table: string | null
  readonly lines: number
}

/**
 * Starts a client that `send` gives all it has to do, and returns when it has done it. `send` tells what it has sent.
 * Whatever fails, the client has ended before it is thrown.
 */
export const feedClient = async (
  { client, task, into, signal }: Loading,
  send: (running: RunningClient) => Promise<Iterable<SentLines>>,
  { muchInput = false }: { readonly muchInput?: boolean } = {},
): Promise<void> => {
  const running = await client.start('client', [`--database=${into}`], { signal, muchInput })
  let sent: Iterable<SentLines> = []
  let broken: Error | null = null
  try {
    sent = await send(running)
  } catch (error) {
    broken = error as Error
    await running.kill()
  }
  const wasCut = !running.stdin.writable
  running.stdin.end()
  for await (const _ of running.stdout) {
    // Nothing is asked, so nothing is said.
  }
  const ended = await running.ended
  if (ended.aborted) throw interrupted(task)
  if (broken !== null) {
    throw new UserError({
      message: `${task}: ${broken.message}`,
      hint: 'Nothing live was touched. Run again.',
      cause: broken,
    })
  }
  if (ended.exitCode !== 0) throw clientFailure(taskAt(task, ended, sent), client.place, ended)
  if (wasCut)
    throw new UserError({
      message: `${task}: the client ended before it had all rows`,
      hint: 'Nothing live was touched.',
    })
}

export const interrupted = (task: string): UserError =>
  new UserError({
    message: `${task}: interrupted`,
    hint: 'Nothing live was touched. Run again.',
    exitCode: exitCodes.interrupted,
  })

/** The client says the line of its input at which it failed, and the server does not always say the table. */
const taskAt = (task: string, { stderr }: Pick<Ended, 'stderr'>, sent: Iterable<SentLines>): string => {
  const line = Number(/ at line (\d+)/.exec(stderr)?.[1] ?? 0)
  let last = 0
  for (const { table, lines } of sent) {
    last += lines
    if (line > 0 && line <= last) return table === null ? task : `${task}, table ${table}`
  }
  return task
}
