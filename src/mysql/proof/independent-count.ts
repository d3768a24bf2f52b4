import type { Client } from '../client/client.ts'
import type { Question } from './count-plan.ts'
import { type CountableTable, lastWritten, secondsOf } from './countable-tables.ts'
import { type Answer, openSnapshotSession, type SnapshotSession } from './snapshot-session.ts'
import { type Counted, notCounted, proofOf, type TableProof } from './table-proof.ts'
import { type CountOptions, whatIsCounted } from './what-is-counted.ts'

/** The proofs of one database's tables, by name, each with the rows that were written while they were counted. */
export interface Proofs {
  of(database: string, table: string): { readonly proof: TableProof; readonly written: number }
}

/** Two countings around a dump, made while it runs. */
export interface IndependentCount {
  /** To be called when the dump's transaction has begun. */
  dumpHasBegun(): void
  /** What was counted; to be called when the dump has ended. */
  proofs(): Promise<Proofs>
  /** Ends the sessions, whatever they do. */
  close(): Promise<void>
}

/**
 * Counts the rows of these databases by other means than a dump: in a transaction that begins now and one that begins when
 * the dump's has begun, by indexes and checksums that no dump reads. Both end as soon as they have counted. Rows of other
 * engines than InnoDB are counted before the dump and after it.
 */
export const countBeside = async (
  client: Client,
  databases: readonly string[],
  options: CountOptions,
): Promise<IndependentCount> => {
  const { tables, questions, deadline } = await whatIsCounted(client, databases, options)
  const { signal, now } = options
  const sessions = await openBoth(client, signal)
  const [first, second] = sessions
  const held = questions.filter(({ table }) => table.transactional)
  const moving = questions.filter(({ table }) => !table.transactional)
  const settled = <Value>(work: Promise<Value>): Promise<Value> => {
    // Whoever waits for it later is told.
    work.catch(() => {})
    return work
  }

  const clock = await first.clock()
  const writtenBefore = await first.written()
  const movingBefore = await askAll(first, moving, deadline, now)
  await first.begin()
  const before = settled(askAll(first, held, deadline, now).finally(() => first.end()))
  const lookAtWriting = async (): Promise<Writing> => {
    const written = difference(writtenBefore, await second.written())
    const times = await second.ask(lastWritten(databases), deadline)
    return { written, touched: touchedSince(clock, tables, times) }
  }
  let begun: Promise<{ answers: Answers; writing: Writing }> | null = null
  return {
    dumpHasBegun: () => {
      begun ??= settled(
        (async () => {
          await second.begin()
          const writing = await lookAtWriting()
          return { answers: await askAll(second, held, deadline, now), writing }
        })(),
      )
    },
    proofs: async () => {
      const heldBefore = await before
      if (begun === null) throw new Error('nobody has said that the dump has begun')
      const { answers: heldAfter, writing } = await begun
      const movingAfter = await askAll(second, moving, deadline, now)
      const inAll = moving.length === 0 ? writing : await lookAtWriting()
      await second.end()
      return proofsOf(tables, [
        ...counted(held, heldBefore, heldAfter, writing),
        ...counted(moving, movingBefore, movingAfter, inAll),
      ])
    },
    close: async () => {
      await Promise.all(sessions.map((session) => session.end()))
    },
  }
}

/** What was written while it was counted: rows of the whole server, and which tables may have been written to. */
interface Writing {
  readonly written: number
  readonly touched: ReadonlySet<string>
}

/** Seconds: the server tells when a table was written to in whole ones. */
const secondsOfDoubt = 2

/**
 * The tables that may have been written to since a time of the server's clock. MariaDB tells when the last transaction that
 * wrote to a table began: one that began before that time and has ended since shows in that what it tells has changed.
 */
const touchedSince = (clock: number, tables: readonly CountableTable[], times: Answer): Set<string> => {
  const now = new Map((times ?? []).map(([database, name, time]) => [idOf(database, name), secondsOf(time)]))
  return new Set(
    tables
      .filter(({ database, name, written }) => {
        const time = now.get(idOf(database, name))
        return time === undefined || time !== written || (time !== null && time >= clock - secondsOfDoubt)
      })
      .map(({ database, name }) => idOf(database, name)),
  )
}

const idOf = (database = '', name = ''): string => `${database}\0${name}`

const openBoth = async (client: Client, signal: AbortSignal): Promise<readonly [SnapshotSession, SnapshotSession]> => {
  const first = await openSnapshotSession(client, signal)
  try {
    return [first, await openSnapshotSession(client, signal)]
  } catch (error) {
    await first.end()
    throw error
  }
}

type Answers = ReadonlyMap<Question, Answer>

/** Those for which no time is left have no answer. */
const askAll = async (
  session: SnapshotSession,
  questions: readonly Question[],
  milliseconds: number,
  now: () => Date,
): Promise<Answers> => {
  const answers = new Map<Question, Answer>()
  const until = now().getTime() + milliseconds
  for (const question of questions) {
    const left = until - now().getTime()
    if (left > 0) answers.set(question, await session.ask(question.sql, left))
  }
  return answers
}

/** A server that does not say how much was written may have written anything. */
const difference = (before: number | null, after: number | null): number =>
  before === null || after === null || after < before ? Number.MAX_SAFE_INTEGER : after - before

const counted = (
  questions: readonly Question[],
  before: Answers,
  after: Answers,
  { written, touched }: Writing,
): Counted[] =>
  questions.map((question) => ({
    question,
    before: before.get(question) ?? null,
    after: after.get(question) ?? null,
    written: touched.has(idOf(question.table.database, question.table.name)) ? written : 0,
  }))

export const proofsOf = (tables: readonly CountableTable[], all: readonly Counted[]): Proofs => ({
  of: (database, name) => {
    const one = all.find(({ question: { table } }) => table.database === database && table.name === name)
    if (one !== undefined) return { proof: proofOf(one), written: one.written }
    const table = tables.find((each) => each.database === database && each.name === name)
    const why =
      table === undefined
        ? 'it came while the databases were dumped'
        : (table.whyNot ?? 'it is too large, and has no key that is a number')
    return { proof: notCounted(why), written: 0 }
  },
})
