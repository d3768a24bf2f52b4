import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { clientFailure } from '../client/failures.ts'
import { beginReading } from '../wire/begin.ts'
import { CutStream, MalformedStream, ServerRefusal } from '../wire/malformed-stream.ts'
import { NotForeseen } from '../wire/not-foreseen.ts'
import type { OpenWire } from '../wire/open.ts'
import { OtherDefinition, readTable } from '../wire/read-table.ts'
import type { ReadRows } from './merge-rows.ts'
import { DefinitionChanged, interrupted, task, writeFailure } from './run-program.ts'

/** Asks in the transaction that reads the rows: fields as text, NULL as `NULL`; null when the server refuses. */
export type AskInTransaction = (sql: string) => Promise<readonly (readonly string[])[] | null>

/** Rows that are read over a connection of our own. */
export interface RowsByWire {
  readonly wire: OpenWire
  /** Done while a table is held, and has its rows read: nobody alters it meanwhile. */
  around(
    table: { readonly database: string; readonly table: string },
    ask: AskInTransaction,
    read: () => Promise<void>,
  ): Promise<void>
}

/** What came over the connection cannot be used: it broke, or the server gave up. The dump program may have more luck. */
export class RowsFailed extends UserError {}

/** Begins the transaction in which `readerOf` reads. */
export const beginRows = async (client: Client, { wire }: RowsByWire, signal?: AbortSignal): Promise<void> => {
  await beginReading(wire.session).catch((error: Error) => {
    throw inUsersWords(client, error, signal)
  })
}

export const readerOf = (client: Client, rows: RowsByWire, signal?: AbortSignal): ReadRows => {
  const { session, product } = rows.wire
  const ask: AskInTransaction = async (sql) => {
    try {
      const answer = await session.ask(sql)
      return answer.map((row) => row.map((value) => value?.toString('utf8') ?? 'NULL'))
    } catch (error) {
      if (error instanceof ServerRefusal) return null
      throw error
    }
  }
  return (table, taker) =>
    readTable(session, table, product, taker, (read) => rows.around(table, ask, read)).catch((error: Error) => {
      throw inUsersWords(client, error, signal)
    })
}

const inUsersWords = ({ place }: Client, error: Error, signal: AbortSignal | undefined): Error => {
  if (signal?.aborted) return interrupted()
  if (error instanceof NotForeseen || error instanceof UserError) return error
  if (error instanceof OtherDefinition) {
    return new DefinitionChanged({ message: `${task}: ${error.message}`, hint: 'Run again.' })
  }
  if (error instanceof ServerRefusal) {
    const stderr = `ERROR ${error.number} (HY000): ${error.message}`
    const ended = { exitCode: 1, signal: null, startError: null, aborted: false, timedOut: false, stderr }
    return new RowsFailed(clientFailure(task, place, ended))
  }
  if (error instanceof CutStream) {
    return new RowsFailed({
      message: `${task}: the connection to the database was lost: ${error.message}`,
      hint: 'Nothing was kept. Look at the database server’s log, then run again.',
    })
  }
  if (error instanceof MalformedStream) {
    return new RowsFailed({
      message: `${task}: what the server sends cannot be read: ${error.message}`,
      hint: 'Nothing was kept. Set SEATABLE_RESTIC_ROWS=dump, and please report it.',
    })
  }
  return writeFailure(error)
}
