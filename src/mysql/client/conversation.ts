import { randomBytes } from 'node:crypto'
import { parseBatch } from './batch.ts'
import type { RunningClient } from './client.ts'

type Talking = Pick<RunningClient, 'stdin' | 'stdout' | 'ended' | 'kill'>

/** One client that stays open, and is asked one thing at a time. */
export interface Conversation {
  /** Fulfilled with the rows of all results; with null when the session has ended, or has become another one. */
  ask(sql: string): Promise<string[][] | null>
  /** Ends the session, and waits for that. */
  end(): Promise<void>
}

/** Answers come when they are asked for, and from the session that was asked before. */
export const conversationOptions = ['--unbuffered', '--skip-reconnect']

/** Milliseconds until a client that was told to end is killed. */
const patience = 2000

/** Longer than a mark with its numbers. */
const markLimit = 100

/** Talks to a client that was started with `conversationOptions`: what comes before a mark is the answer. */
export const converse = ({ stdin, stdout, ended, kill }: Talking): Conversation => {
  // Nobody can have put it into what is asked for.
  const mark = randomBytes(16).toString('hex')
  let count = 0
  let connection: string | null = null
  let text: string[] = []
  let tail = ''
  let answer: (rows: string[][] | null) => void = () => {}
  stdout.setEncoding('utf8')
  stdout.on('data', (chunk: string) => {
    text.push(chunk)
    tail = (tail + chunk).slice(-markLimit)
    const [, number, id] = /([0-9a-f]{32}\t\d+)\t(\d+)\n$/.exec(tail) ?? []
    if (number !== `${mark}\t${count}` || id === undefined) return
    connection ??= id
    const all = text.join('')
    answer(connection === id ? parseBatch(all.slice(0, all.lastIndexOf(mark))) : null)
  })
  stdout.once('close', () => answer(null))
  return {
    ask: (sql) => {
      count++
      text = []
      tail = ''
      return new Promise((resolve) => {
        answer = resolve
        if (stdout.closed) return resolve(null)
        stdin.write(`${sql};\nSELECT '${mark}', ${count}, CONNECTION_ID();\n`)
      })
    },
    end: async () => {
      stdin.end()
      const killing = setTimeout(() => void kill(), patience)
      await ended
      clearTimeout(killing)
    },
  }
}
