import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { conversationOptions, converse } from '../client/conversation.ts'
import { clientFailure } from '../client/failures.ts'
import { kindOf } from '../sql/server-version.ts'

/** The server's answer: rows of fields; null when it refused, or had no time for it. */
export type Answer = readonly (readonly string[])[] | null

/** One session that stays open while something else is done, so that it can hold a transaction. */
export interface SnapshotSession {
  /** Seconds since 1970 by the server's clock. */
  clock(): Promise<number>
  /** Begins the transaction: from now on rows are seen as they are now. */
  begin(): Promise<void>
  /** How many rows were inserted and deleted in this server until now, at least; null when it does not say. */
  written(): Promise<number | null>
  /** Asks a question that is given up after so many milliseconds. Rejects when the session is gone. */
  ask(sql: string, milliseconds: number): Promise<Answer>
  /** Ends the transaction, and with it the session. */
  end(): Promise<void>
}

/** The same for every session that counts, whatever the server's own values are. */
const fixed = [
  "SET SESSION time_zone = '+00:00', sql_mode = '', sql_select_limit = 18446744073709551615",
  'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
]

const task = 'Counting rows beside the dump'

export const openSnapshotSession = async (client: Client, signal: AbortSignal): Promise<SnapshotSession> => {
  const running = await client.start('client', ['--force', ...conversationOptions], { signal })
  const conversation = converse(running)
  let ended = false
  const gone = async (): Promise<UserError> => {
    const end = await running.ended
    return end.aborted
      ? new UserError({ message: `${task}: interrupted`, hint: 'Nothing was kept. Run again.' })
      : clientFailure(task, client.place, end)
  }
  const ask = async (sql: string): Promise<Answer> => {
    if (ended) throw await gone()
    const answer = await conversation.ask(sql)
    if (answer !== null) return answer
    ended = true
    running.stdin.end()
    throw await gone()
  }
  for (const statement of fixed) await ask(statement)
  const isMariaDB = kindOf((await ask('SELECT VERSION()'))?.[0]?.[0] ?? '') === 'mariadb'
  return {
    clock: async () => Number((await ask('SELECT UNIX_TIMESTAMP(SYSDATE())'))?.[0]?.[0]),
    begin: async () => {
      await ask('START TRANSACTION WITH CONSISTENT SNAPSHOT')
    },
    written: async () => writtenOf(await ask(counters)),
    ask: async (sql, milliseconds) => {
      const rows = await ask(limited(sql, milliseconds, isMariaDB))
      return rows === null || rows.length === 0 ? null : rows
    },
    end: async () => {
      ended = true
      await conversation.end()
    },
  }
}

/** InnoDB's own figures where there are some; the other ones also count rows of temporary tables on MySQL. */
const counters =
  "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_rows_inserted', 'Innodb_rows_deleted', 'Handler_write', 'Handler_delete')"

const writtenOf = (rows: Answer): number | null => {
  const value = (name: string): number => Number(rows?.find(([one]) => one?.toLowerCase() === name)?.[1])
  const own = value('innodb_rows_inserted') + value('innodb_rows_deleted')
  if (!Number.isNaN(own)) return own
  const handlers = value('handler_write') + value('handler_delete')
  return Number.isNaN(handlers) ? null : handlers
}

/** A question that the server gives up after so many milliseconds. */
export const limited = (sql: string, milliseconds: number, isMariaDB: boolean): string =>
  isMariaDB
    ? `SET STATEMENT max_statement_time = ${(milliseconds / 1000).toFixed(3)} FOR ${sql}`
    : sql.replace(/^SELECT /, `SELECT /*+ MAX_EXECUTION_TIME(${Math.ceil(milliseconds)}) */ `)
