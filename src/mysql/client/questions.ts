import { batchOptions } from './batch.ts'
import type { Question } from './client.ts'
import { type Conversation, conversationOptions, converse } from './conversation.ts'
import type { Launch } from './launch.ts'

/** One session for many questions, so that each costs no client of its own. */
export interface Questions {
  /** The rows of all answers; null when nobody answers here: it is at work, was lost, or a question was refused. */
  ask(sql: string, signal: AbortSignal | undefined): Promise<string[][] | null>
  /** Ends the session, if there is one; one that is at work when it has answered. The next question begins another. */
  hangUp(): Promise<void>
}

/** Milliseconds. */
const mostIdle = 2000

/** Where fewer sessions are left, others need the one that would be idle. */
const leastLeft = 10

/** Whether one more session, which is idle, could be what keeps somebody out, or us. */
const howFew: readonly Question[] = [
  "SHOW GLOBAL STATUS LIKE 'Threads_connected'",
  'SELECT @@max_connections, @@max_user_connections',
]

const areFew = ([connected = [], limits = []]: string[][]): boolean =>
  !(Number(limits[0]) - Number(connected[1]) >= leastLeft && Number(limits[1]) === 0)

/**
 * The first question opens the session, by `launch`; it ends when nothing was asked for a while, and where few can be had
 * with each answer.
 */
export const lastingQuestions = (launch: Launch): Questions => {
  let session: Conversation | null = null
  let stop = new AbortController()
  let isAtWork = false
  let isKept = false
  let idle: NodeJS.Timeout | undefined
  let ending: Promise<void> = Promise.resolve()

  const begin = async (): Promise<Conversation> => {
    stop = new AbortController()
    // Where one connection is all that there is, the one before must have been given back.
    await ending
    const client = await launch('client', [...batchOptions, ...conversationOptions], { signal: stop.signal })
    session = converse(client)
    const answer = await session.ask(howFew.join(';\n'))
    isKept = answer !== null && !areFew(answer)
    // Whoever answers has read its options: however we end, they are left nowhere.
    if (answer !== null) await client.forget()
    return session
  }
  const end = (): Promise<void> => {
    clearTimeout(idle)
    if (session !== null) ending = session.end()
    session = null
    return ending
  }
  const answer = async (sql: string, signal: AbortSignal | undefined): Promise<string[][] | null> => {
    const giveUp = () => stop.abort()
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      const asked = session ?? (await begin())
      return signal?.aborted ? null : await asked.ask(sql)
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }
  return {
    ask: async (sql, signal) => {
      if (isAtWork || signal?.aborted) return null
      clearTimeout(idle)
      isAtWork = true
      try {
        const rows = await answer(sql, signal)
        if (rows === null || !isKept) await end()
        else idle = setTimeout(() => void end(), mostIdle)
        return rows
      } finally {
        isAtWork = false
      }
    },
    hangUp: async () => {
      if (isAtWork) isKept = false
      else await end()
    },
  }
}
