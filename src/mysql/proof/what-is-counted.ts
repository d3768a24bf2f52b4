import type { Client } from '../client/client.ts'
import { planQuestions, type Question, secondsToCount } from './count-plan.ts'
import { type CountableTable, readCountableTables } from './countable-tables.ts'
import type { InexactValues } from './inexact-values.ts'

export interface CountOptions {
  readonly signal: AbortSignal
  readonly now: () => Date
  /** What is known to come back from the dump as something else proves nothing. */
  readonly inexact: readonly InexactValues[]
}

export interface WhatIsCounted {
  readonly tables: readonly CountableTable[]
  /** Of those tables that are asked for. */
  readonly questions: readonly Question[]
  /** How long all of them may take together, in milliseconds. */
  readonly deadline: number
}

/** A question may take this many times as long as was reckoned with, on a machine that has much to do. */
const timesLonger = 3
const leastMilliseconds = 5000

/** What a dump of these databases is compared with. Nothing is counted yet. */
export const whatIsCounted = async (
  client: Client,
  databases: readonly string[],
  { signal, inexact }: CountOptions,
): Promise<WhatIsCounted> => {
  const tables = withoutColumns(await readCountableTables(client, databases, signal), inexact)
  const seconds = secondsToCount(tables)
  return {
    tables,
    questions: planQuestions(tables, seconds),
    deadline: Math.max(leastMilliseconds, seconds * 1000 * timesLonger),
  }
}

const withoutColumns = (tables: readonly CountableTable[], inexact: readonly InexactValues[]): CountableTable[] =>
  tables.map((table) => {
    const inTable = inexact.filter((one) => one.database === table.database && one.table === table.name)
    const isExact = (name: string) => !inTable.some(({ column }) => column === name)
    return { ...table, exactColumns: table.exactColumns.filter(isExact) }
  })
