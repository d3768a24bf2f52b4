import { type FileHandle, open } from 'node:fs/promises'
import { together } from '../../together.ts'
import { LockTimeout } from '../client/failures.ts'
import { modesOfLoad } from '../client/fixed-variables.ts'
import type { RowRange } from '../dump/outline.ts'
import { quoteName } from '../sql/quote.ts'
import { feedClient, interrupted, type Loading, type SentLines } from './feed-client.ts'
import { type LoadPlan, linesOf, type Piece } from './plan.ts'
import { LoadQueue } from './queue.ts'
import { newBlock, send, sendRange } from './send-file.ts'

export interface ParallelLoad extends Loading {
  readonly path: string
  readonly plan: LoadPlan
  /** How many clients at once. */
  readonly clients: number
  /** Gets the bytes of rows that were sent. */
  readonly onSent: (bytes: number) => void
  /** Gets the way by which rows go, for people; once for each client. */
  readonly onRoute: (route: string) => void
}

/**
 * Loads a verified dump by several clients: the definitions first, then the rows, a whole statement at a time to
 * whichever client is free, and the indexes of each table as soon as its rows are there. Statements hold all they need,
 * so their order does not matter once the tables exist. When one client fails, all are ended before the failure is thrown.
 */
export const loadInParallel = async (load: ParallelLoad): Promise<void> => {
  const { plan, clients } = load
  await shared(load, 1, (share) => sendPieces(share, plan.definitions))
  const file = await open(load.path, 'r')
  try {
    const queue = new LoadQueue(plan.parts, clients)
    await shared(load, clients, async (share) => {
      for await (const task of queue.tasks(share.signal)) {
        if (task.kind === 'afterwards') {
          await finish(share, task.piece)
        } else {
          await sendRows(share, file, task.ranges)
          task.areIn()
        }
      }
    })
  } finally {
    await file.close()
  }
}

/** A client's share of the load, which ends when another fails. */
type Share = ParallelLoad & { readonly signal: AbortSignal }

const shared = async (load: ParallelLoad, count: number, work: (share: Share) => Promise<void>): Promise<void> => {
  const one = (signal: AbortSignal) => work({ ...load, signal })
  await together(
    load.signal,
    Array.from({ length: count }, () => one),
  )
  if (load.signal?.aborted) throw interrupted(load.task)
}

const sendPieces = (share: Share, pieces: readonly Piece[]): Promise<void> =>
  feedClient(share, async (running) => {
    for (const { sql } of pieces) await send(running, Buffer.from(`${sql};\n`, 'latin1'))
    return pieces.map(({ table, sql }) => ({ table, lines: linesOf(sql) }))
  })

const sendRows = (share: Share, file: FileHandle, ranges: Iterable<RowRange>): Promise<void> =>
  feedClient(
    share,
    async (running) => {
      if (running.route !== null && !share.signal.aborted) share.onRoute(running.route)
      const settings = settingsOf(share.plan)
      const sent: SentLines[] = [{ table: null, lines: settings.split('\n').length - 1 }]
      const through = { block: newBlock(), onSent: share.onSent }
      await send(running, Buffer.from(settings, 'latin1'))
      for (const range of ranges) {
        if (!running.stdin.writable || share.signal.aborted) break
        sent.push(range)
        await sendRange(running, file, range, through)
      }
      return sent
    },
    { muchInput: true },
  )

/**
 * The server itself holds a table while it tidies up behind many rows, or builds an index of one that another
 * points to, and nobody waits behind this: what is aside is nobody else's.
 */
const lockWaitSeconds = 600

const settingsOf = ({ settings }: LoadPlan): string =>
  `${settings}SET SESSION lock_wait_timeout = ${lockWaitSeconds};\n`

/**
 * Without room for the sorted keys in the server's temporary folder, an index can still be built where the table lies,
 * more slowly.
 */
const finish = async (share: Share, { table, sql }: Piece): Promise<void> => {
  const { client, into, plan, signal } = share
  const run = (statement: string) =>
    client.query(`${settingsOf(plan)}${modesOfLoad.definitions};\nUSE ${quoteName(into)};\n${statement}`, {
      task: table === null ? share.task : `${share.task}, table ${table}`,
      signal,
    })
  const statement = Buffer.from(sql, 'latin1').toString('utf8')
  try {
    await run(statement)
  } catch (error) {
    if (signal.aborted) throw interrupted(share.task)
    if (error instanceof LockTimeout || !sql.startsWith('ALTER TABLE ')) throw error
    await run(`${statement}, ALGORITHM=COPY`)
  }
}
