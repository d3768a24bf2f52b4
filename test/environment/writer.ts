import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Sql } from '../fixture/sql.ts'
import type { ClientCommand } from './client.ts'

export interface Writer {
  /** The last number that was committed. */
  readonly last: () => number
  /** The longest of its transactions, in milliseconds. */
  readonly longestMs: () => number
  readonly stop: () => Promise<void>
}

const intervalMs = 20
const databasesWritten = ['ccnet_db', 'dtable_db']

export const createWrittenTables = async (sql: Sql): Promise<void> => {
  for (const database of databasesWritten) {
    await sql('CREATE OR REPLACE TABLE written (n int PRIMARY KEY)', database)
  }
}

export const dropWrittenTables = async (sql: Sql): Promise<void> => {
  for (const database of databasesWritten) await sql('DROP TABLE written', database)
}

/** Writes the next number into two databases in one transaction, fifty times a second. */
export const startWriter = async ({ file, args, env }: ClientCommand): Promise<Writer> => {
  const client = spawn(file, [...args, '--batch', '--skip-column-names', '--unbuffered'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(env ? { env: { ...process.env, ...env } } : {}),
  })
  const exited = once(client, 'exit')
  const answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]()
  let [last, longest, stopped] = [0, 0, false]
  const write = async (): Promise<void> => {
    const next = last + 1
    const began = performance.now()
    client.stdin.write(
      `START TRANSACTION; INSERT INTO ccnet_db.written VALUES (${next}); INSERT INTO dtable_db.written VALUES (${next}); COMMIT; SELECT ${next};\n`,
    )
    const { value, done } = await answers.next()
    if (done || Number(value) !== next) throw new Error(`The writer was answered ${value} instead of ${next}`)
    const took = performance.now() - began
    longest = Math.max(longest, took)
    last = next
    await pause(Math.max(0, intervalMs - took))
  }
  const goOn = async (): Promise<void> => {
    while (!stopped) await write()
  }
  // The first has waited for the connection.
  await write()
  longest = 0
  const writing = goOn()
  // Told by `stop`.
  writing.catch(() => {})
  return {
    last: () => last,
    longestMs: () => longest,
    stop: async () => {
      stopped = true
      await writing
      client.stdin.end()
      await exited
    },
  }
}
