import type { Client } from '../client/client.ts'
import { kindOf } from '../sql/server-version.ts'
import { type Proofs, proofsOf } from './independent-count.ts'
import { type Answer, limited } from './snapshot-session.ts'
import type { Counted } from './table-proof.ts'
import { type CountOptions, whatIsCounted } from './what-is-counted.ts'

/** Counts in the very transaction that reads the rows. */
export interface CountWithin {
  /** Reads a table’s rows by `read`, and counts it while nobody can alter it. */
  around(
    table: { readonly database: string; readonly table: string },
    ask: (sql: string) => Promise<Answer>,
    read: () => Promise<void>,
  ): Promise<void>
  /** What was counted of the tables that were read. */
  proofs(): Proofs
}

/**
 * Asks the same as `countBeside`, once for each table, and what it is told is exact: rows and count are of one transaction.
 * Rows that no transaction holds still are counted right before they are read and right after.
 */
export const countWithin = async (
  client: Client,
  databases: readonly string[],
  options: CountOptions,
): Promise<CountWithin> => {
  const { tables, questions, deadline } = await whatIsCounted(client, databases, options)
  const { signal, now } = options
  const [[version = ''] = []] = await client.ask('SELECT VERSION()', { task: 'Listing what can be counted', signal })
  const isMariaDB = kindOf(version) === 'mariadb'
  const counted: Counted[] = []
  // Both ways of counting ask everything twice.
  let left = 2 * deadline
  const inTime = async (ask: (sql: string) => Promise<Answer>, sql: string): Promise<Answer> => {
    if (left <= 0) return null
    const began = now().getTime()
    const answer = await ask(limited(sql, left, isMariaDB))
    left -= now().getTime() - began
    return answer === null || answer.length === 0 ? null : answer
  }
  return {
    around: async ({ database, table: name }, ask, read) => {
      const question = questions.find(({ table }) => table.database === database && table.name === name)
      const isHeld = question?.table.transactional ?? true
      const before = question === undefined || isHeld ? null : await inTime(ask, question.sql)
      await read()
      if (question === undefined) return
      const after = await inTime(ask, question.sql)
      counted.push({ question, before: isHeld ? after : before, after, written: isHeld ? 0 : written(before, after) })
    },
    proofs: () => proofsOf(tables, counted),
  }
}

/** How much came and went between two answers is not known when they differ. */
const written = (before: Answer, after: Answer): number =>
  JSON.stringify(before) === JSON.stringify(after) ? 0 : Number.MAX_SAFE_INTEGER
