import { Readable } from 'node:stream'
import type { DatabaseContainer } from '../environment/container.ts'
import {
  activityRow,
  countsOf,
  deletionRow,
  insertActivities,
  insertDeletions,
  insertOperations,
  inTransactions,
  operationRow,
  scaleUp,
  statements,
} from '../fixture/scale.ts'
import { createSchema, databases } from '../fixture/schema.ts'
import type { Options } from './options.ts'

/** The databases that are measured, as large as each measure wants them. */
export interface Fixture {
  /** Makes them so large, in megabytes of SQL at full scale: they grow, or begin anew when they are too large. */
  fill(megabytes: number): Promise<void>
  /** Nobody knows what is in them any more: the next begins anew. */
  giveUp(): void
}

const seed = 1

export const createFixture = (
  { sql, pipeSql }: Pick<DatabaseContainer, 'sql' | 'pipeSql'>,
  { scale, manySessions }: Pick<Options, 'scale' | 'manySessions'>,
  signal: AbortSignal,
  tell: (text: string) => void,
): Fixture => {
  let filled: number | null = null
  const proportions = manySessions ? 'many sessions' : 'of the manual'

  const begin = async (megabytes: number): Promise<void> => {
    for (const name of databases) await sql(`DROP DATABASE IF EXISTS ${name}`)
    await createSchema(sql)
    await scaleUp(pipeSql, { megabytes, proportions }, seed)
  }

  const grow = async (from: number, to: number): Promise<void> => {
    const [before, after] = [countsOf({ megabytes: from }), countsOf({ megabytes: to })]
    const next = async (table: string) => Number((await sql(`SELECT MAX(id) + 1 FROM ${table}`, 'dtable_db'))[0]?.[0])
    const [operation, deletion, activity] = [
      await next('operation_log'),
      await next('delete_operation_log'),
      await next('activities'),
    ]
    const added = function* () {
      yield* statements(insertOperations, operation, after.operations - before.operations, (id) =>
        operationRow(id, before, seed),
      )
      yield* statements(insertDeletions, deletion, after.deletions - before.deletions, (id) =>
        deletionRow(id, before, seed),
      )
      yield* statements(insertActivities, activity, after.activities - before.activities, (id) =>
        activityRow(id, before, seed),
      )
    }
    await pipeSql(Readable.from(inTransactions(added())), 'dtable_db')
  }

  return {
    fill: async (megabytes) => {
      signal.throwIfAborted()
      const [from, to] = [filled, megabytes * scale]
      if (from === to) return
      tell(`filling the databases: ${to} MB of SQL`)
      filled = null
      // Only logs grow, which would change other proportions.
      await (from === null || from > to || manySessions ? begin(to) : grow(from, to))
      filled = to
    },
    giveUp: () => {
      filled = null
    },
  }
}
