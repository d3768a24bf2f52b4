import type { Client, Question } from '../client/client.ts'
import { quoteName, quoteText } from '../sql/quote.ts'

/** Tables of SeaTable in which every change leaves a time, each with an index on it. */
const sources = [
  { table: 'operation_log', time: 'FROM_UNIXTIME(MAX(op_time) / 1000)' },
  { table: 'activities', time: 'MAX(op_time)' },
]

/** When something last happened in the live databases, as far as SeaTable writes it down; null when that is unknown. */
export const newestActivity = async (
  client: Client,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<Date | null> => {
  if (databases.length === 0) return null
  const options = { task: 'Looking for the newest change', ...(signal ? { signal } : {}) }
  const tables = await client.ask(
    `SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMNS WHERE COLUMN_NAME = 'op_time' AND TABLE_SCHEMA IN (${databases.map(quoteText).join(',')}) AND TABLE_NAME IN (${sources.map(({ table }) => quoteText(table)).join(',')})`,
    options,
  )
  const queries = tables.flatMap(([database = '', table = '']): Question[] =>
    sources
      .filter((source) => source.table === table)
      .map(({ time }): Question => `SELECT UNIX_TIMESTAMP(${time}) FROM ${quoteName(database)}.${quoteName(table)}`),
  )
  if (queries.length === 0) return null
  const times = (await client.ask(queries, options)).map(([seconds]) => Number(seconds))
  const newest = Math.max(...times.filter(Number.isFinite))
  return Number.isFinite(newest) ? new Date(newest * 1000) : null
}
