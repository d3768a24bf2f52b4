import type { Client } from './client.ts'
import { LockTimeout } from './failures.ts'

/** Does `work`; when a lock keeps it waiting too long, the error names the sessions that may hold it. */
export const namingHolders = async <Result>(client: Client, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof LockTimeout)) throw error
    const holders = await findHolders(client).catch(() => [])
    if (holders.length === 0) throw error
    const kills = holders.map(({ id }) => `KILL ${id}`).join('; ')
    throw new LockTimeout({
      message: `${error.message}: ${holders.map(({ description }) => description).join('; ')}`,
      hint:
        holders.length === 1
          ? `End it (${kills}), then run again.`
          : `End the one that does (${kills}), then run again.`,
      cause: error,
    })
  }
}

interface Holder {
  readonly id: string
  readonly description: string
}

/** The session that our questions have left open is the one that asks. */
const others = `p.ID <> CONNECTION_ID() AND p.USER NOT IN ('system user', 'event_scheduler')`

/** Sessions with an open transaction; without any, all sessions, because LOCK TABLES leaves no trace. The longest first. */
const findHolders = async (client: Client): Promise<Holder[]> => {
  const task = 'Looking for the session that holds the lock'
  const inTransaction = await client.ask(
    `SELECT p.ID, p.USER, p.HOST, p.COMMAND, TIMESTAMPDIFF(SECOND, t.trx_started, NOW())
FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id
WHERE ${others} ORDER BY t.trx_started LIMIT 3`,
    { task },
  )
  if (inTransaction.length > 0) return inTransaction.map((row) => holderOf(row, 'in a transaction for'))
  const sessions = await client.ask(
    `SELECT p.ID, p.USER, p.HOST, p.COMMAND, p.TIME FROM information_schema.PROCESSLIST p
WHERE ${others} AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump') ORDER BY p.TIME DESC LIMIT 3`,
    { task },
  )
  return sessions.map((row) => holderOf(row, 'for'))
}

const holderOf = ([id = '', user = '', host = '', command = '', seconds = '']: string[], since: string): Holder => ({
  id,
  description: `connection ${id} of ${user}@${host}, ${command === 'Sleep' ? 'idle' : 'busy'} ${since} ${seconds} s`,
})
