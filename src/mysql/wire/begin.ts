import { sessionStatements } from '../client/session.ts'
import { ServerRefusal } from './malformed-stream.ts'
import { NotForeseen } from './not-foreseen.ts'
import type { WireSession } from './session.ts'

/** Seconds: as long as the dump program waits for a table that somebody has locked. */
const lockWaitSeconds = 86_400

/** Sets what every session of ours sets: until then even the smallest answer is what the server’s own values make of it. */
export const fixSession = async (session: WireSession): Promise<void> => {
  for (const statement of sessionStatements({ purpose: 'read', lockWaitSeconds })) await session.ask(statement)
}

/**
 * Sets all that decides how rows are written, and begins the transaction in which they are read: what is not the same as in
 * every session of ours is what the dump program has.
 */
export const beginReading = async (session: WireSession): Promise<void> => {
  await fixSession(session)
  await session.ask("SET SESSION sql_mode = '', max_sort_length = 1024")
  // With the binary log on, a table is let go before the transaction ends only where the session does not write to that.
  await session.ask('SET SESSION sql_log_bin = 0').catch((error: Error) => {
    if (!(error instanceof ServerRefusal)) throw error
  })
  await session.ask('START TRANSACTION WITH CONSISTENT SNAPSHOT')
  if (!session.inTransaction) throw new NotForeseen('the server began no transaction')
}
