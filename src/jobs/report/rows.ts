import type { Run } from '../history/run.ts'
import { isGood, operationOf } from '../telling/operations.ts'
import { isWithinPeriod, type Period } from './period.ts'

/** How many rows there were in a backup. */
export interface Count {
  readonly at: string
  readonly rows: number
}

export interface DatabaseRows {
  readonly name: string
  readonly counts: readonly Count[]
}

export interface TableRows extends DatabaseRows {
  readonly database: string
  /** Null when the table was not there. */
  readonly first: number | null
  readonly last: number | null
  readonly change: number
}

export interface Rows {
  readonly databases: readonly DatabaseRows[]
  /** Those that grew most, then those that shrank most. */
  readonly grown: readonly TableRows[]
  readonly shrunk: readonly TableRows[]
}

/** Of each kind. */
const mostTables = 8

/** Rows over time, from the good backups of the period. */
export const rowsOf = (runs: readonly Run[], period: Period): Rows => {
  const backups = runs.flatMap((run): Backup[] => {
    const { databases } = run.facts
    const counts = databases !== undefined && operationOf(run) === 'backup' && isGood(run)
    return counts && isWithinPeriod(period, run.began) ? [{ at: run.began, databases }] : []
  })
  const names = new Set(backups.flatMap(({ databases }) => databases.map(({ name }) => name)))
  const tables = tablesOf(backups).filter(({ change }) => change !== 0)
  const byChange = tables.toSorted((one, other) => other.change - one.change)
  return {
    databases: [...names].map((name) => ({
      name,
      counts: backups.flatMap(({ at, databases }) => {
        const database = databases.find((each) => each.name === name)
        return database === undefined ? [] : [{ at, rows: database.rows }]
      }),
    })),
    grown: byChange.filter(({ change }) => change > 0).slice(0, mostTables),
    shrunk: byChange
      .filter(({ change }) => change < 0)
      .toReversed()
      .slice(0, mostTables),
  }
}

interface Backup {
  readonly at: string
  readonly databases: NonNullable<Run['facts']['databases']>
}

const tablesOf = (backups: readonly Backup[]): TableRows[] => {
  const found = new Map<string, { readonly database: string; readonly name: string; readonly counts: Count[] }>()
  for (const { at, databases } of backups) {
    for (const { name: database, tables } of databases) {
      for (const { name, rows } of tables) {
        const key = JSON.stringify([database, name])
        const known = found.get(key) ?? { database, name, counts: [] }
        known.counts.push({ at, rows })
        found.set(key, known)
      }
    }
  }
  const [first, last] = [backups[0]?.at, backups.at(-1)?.at]
  return [...found.values()].map((table) => {
    const rowsAt = (at: string | undefined) => table.counts.find((count) => count.at === at)?.rows ?? null
    const [before, after] = [rowsAt(first), rowsAt(last)]
    return { ...table, first: before, last: after, change: (after ?? 0) - (before ?? 0) }
  })
}
