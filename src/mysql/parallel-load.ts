import { type FileHandle, open } from 'node:fs/promises'
import { UserError } from '../errors.ts'
import type { Ended } from '../process.ts'
import type { Client, RunningClient } from './client.ts'
import type { RowRange } from './dump-outline.ts'
import { clientFailure, LockTimeout } from './failures.ts'
import type { LoadPlan, Piece, RowsOfTable } from './load-plan.ts'
import { newBlock, send, sendRange } from './send-file.ts'

export interface ParallelLoad {
  readonly client: Client
  /** What an error says was being done. */
  readonly task: string
  /** The database that is loaded into. */
  readonly into: string
  readonly path: string
  readonly plan: LoadPlan
  /** How many clients at once. */
  readonly clients: number
  readonly signal: AbortSignal | undefined
  /** Gets the bytes of rows that were sent. */
  readonly onSent: (bytes: number) => void
}

/**
 * Loads a verified dump by several clients: the definitions first, then the rows, a whole statement at a time to
 * whichever client is free, then the indexes. Statements hold all they need, so their order does not matter once the
 * tables exist. When one client fails, all are ended before the failure is thrown.
 */
export const loadInParallel = async (load: ParallelLoad): Promise<void> => {
  const { plan, clients } = load
  await together(load, 1, (part) => sendPieces(part, plan.definitions))
  const file = await open(load.path, 'r')
  try {
    const queue = new RowQueue(plan.tables)
    await together(load, clients, (part) => sendRows(part, file, queue))
  } finally {
    await file.close()
  }
  const waiting = plan.afterwards.values()
  await together(load, clients, async (part) => {
    for (const piece of waiting) await finish(part, piece)
  })
}

/** The rows still to be sent. A client stays away from tables that others are at, as long as there is another. */
export class RowQueue {
  readonly #tables: {
    readonly ranges: Iterator<RowRange>
    readonly mostClients: number
    left: number
    clients: number
  }[]

  constructor(tables: readonly RowsOfTable[]) {
    this.#tables = tables.map(({ ranges, bytes, inOrder }) => ({
      ranges: ranges.values(),
      mostClients: inOrder ? 1 : Number.POSITIVE_INFINITY,
      left: bytes,
      clients: 0,
    }))
  }

  /** What one client gets, one after the other. */
  *forOneClient(): Generator<RowRange> {
    for (let table = this.#least(); table !== undefined; table = this.#least()) {
      table.clients++
      while (true) {
        const { value, done } = table.ranges.next()
        if (done) break
        table.left -= value.end - value.start
        yield value
      }
      table.left = 0
      table.clients--
    }
  }

  #least() {
    const left = this.#tables.filter((table) => table.left > 0 && table.clients < table.mostClients)
    return left.sort((one, other) => one.clients - other.clients || other.left - one.left)[0]
  }
}

/** A share of the load that ends when the others fail. */
type Part = ParallelLoad & { readonly signal: AbortSignal }

const together = async (load: ParallelLoad, count: number, work: (part: Part) => Promise<void>): Promise<void> => {
  const stop = new AbortController()
  const signal = load.signal === undefined ? stop.signal : AbortSignal.any([load.signal, stop.signal])
  let failure: unknown
  const one = async () => {
    try {
      await work({ ...load, signal })
    } catch (error) {
      failure ??= error
      stop.abort()
    }
  }
  await Promise.all(Array.from({ length: count }, one))
  if (failure !== undefined) throw failure
}

const sendPieces = async (part: Part, pieces: readonly Piece[]): Promise<void> => {
  const running = await startClient(part)
  const sent: SentLines[] = []
  for (const { table, sql } of pieces) {
    sent.push({ table, lines: sql.split('\n').length })
    await send(running, Buffer.from(`${sql};\n`, 'latin1'))
  }
  await end(part, running, sent)
}

const sendRows = async (part: Part, file: FileHandle, queue: RowQueue): Promise<void> => {
  const running = await startClient(part)
  const sent: SentLines[] = [{ table: null, lines: part.plan.settings.split('\n').length - 1 }]
  await send(running, Buffer.from(part.plan.settings, 'latin1'))
  const through = { block: newBlock(), onSent: part.onSent }
  for (const range of queue.forOneClient()) {
    if (!running.stdin.writable || part.signal.aborted) break
    sent.push(range)
    await sendRange(running, file, range, through)
  }
  await end(part, running, sent)
}

const startClient = (part: Part): Promise<RunningClient> =>
  part.client.start('client', [`--database=${part.into}`], { signal: part.signal })

const end = async (part: Part, running: RunningClient, sent: readonly SentLines[]): Promise<void> => {
  running.stdin.end()
  for await (const _ of running.stdout) {
    // Nothing is asked, so nothing is said.
  }
  const ended = await running.ended
  if (ended.aborted) throw interrupted(part.task)
  if (ended.exitCode !== 0) throw clientFailure(taskAt(part.task, ended, sent), part.client.place, ended)
}

const interrupted = (task: string) => new UserError(`${task}: interrupted`, 'Nothing live was touched. Run again.', 130)

/** What a client was sent, by the table it was about. */
export interface SentLines {
  readonly table: string | null
  readonly lines: number
}

/** The client says the line of its input at which it failed, and the server does not always say the table. */
export const taskAt = (task: string, { stderr }: Pick<Ended, 'stderr'>, sent: Iterable<SentLines>): string => {
  const line = Number(/ at line (\d+)/.exec(stderr)?.[1] ?? 0)
  let last = 0
  for (const { table, lines } of sent) {
    last += lines
    if (line > 0 && line <= last) return table === null ? task : `${task}, table ${table}`
  }
  return task
}

/**
 * Seconds. The server itself holds a table while it tidies up behind many rows, and nobody waits behind this: what is
 * aside is nobody else's.
 */
const patience = 600

/**
 * Without room for the sorted keys in the server's temporary folder, an index can still be built where the table lies,
 * more slowly.
 */
const finish = async (part: Part, { table, sql }: Piece): Promise<void> => {
  const { client, into, plan, signal } = part
  const run = (statement: string) =>
    client.query(
      `${plan.settings}SET SESSION lock_wait_timeout = ${patience};\nUSE \`${into.replaceAll('`', '``')}\`;\n${statement}`,
      {
        task: table === null ? part.task : `${part.task}, table ${table}`,
        signal,
      },
    )
  const statement = Buffer.from(sql, 'latin1').toString('utf8')
  try {
    await run(statement)
  } catch (error) {
    if (signal.aborted) throw interrupted(part.task)
    if (error instanceof LockTimeout || !sql.startsWith('ALTER TABLE ')) throw error
    await run(`${statement}, ALGORITHM=COPY`)
  }
}
