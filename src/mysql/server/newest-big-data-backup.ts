import type { Client, Question } from '../client/client.ts'
import { quoteName, quoteText } from '../sql/quote.ts'

/** Where dtable-storage-server lists the backups that dtable-db has made, newest format first. */
export const backupLists = ['storage_server_dtable_backups_v2', 'storage_server_dtable_backups']

/** When dtable-db last backed up a base; null when it never did, or when there is no such list. */
export const newestBigDataBackup = async (
  client: Client,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<Date | null> => {
  if (databases.length === 0) return null
  const options = { task: 'Looking for the newest backup of big data', ...(signal ? { signal } : {}) }
  const found = await client.ask(
    `SELECT TABLE_SCHEMA, TABLE_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE COLUMN_NAME = 'created_at' AND TABLE_SCHEMA IN (${databases.map(quoteText).join(',')}) AND TABLE_NAME IN (${backupLists.map(quoteText).join(',')})`,
    options,
  )
  const queries = found.map(([database = '', table = '', type = '']): Question => {
    const newest = /int/.test(type) ? 'MAX(created_at)' : 'UNIX_TIMESTAMP(MAX(created_at))'
    return `SELECT ${newest} FROM ${quoteName(database)}.${quoteName(table)}`
  })
  if (queries.length === 0) return null
  const times = (await client.ask(queries, options)).map(([text]) => secondsOf(Number(text)))
  const newest = Math.max(...times.filter(Number.isFinite))
  return Number.isFinite(newest) ? new Date(newest * 1000) : null
}

/** A whole number can be of milliseconds. */
const secondsOf = (time: number): number => (time > 100_000_000_000 ? time / 1000 : time)
