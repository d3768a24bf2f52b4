import { createHash } from 'node:crypto'

/**
 * Where a database is loaded before it becomes live. All working names of a run have the same turn: 1, or a higher one
 * as long as something that cannot be removed has the names before it.
 */
export const asideName = (database: string, turn = 1): string => workingName(database, 'aside', turn)

/** Where what was live before a restore is kept. */
export const previousName = (database: string, turn = 1): string => workingName(database, 'previous', turn)

/** Where a database is loaded for a drill, and thrown away. */
export const drillName = (database: string, turn = 1): string => workingName(database, 'drill', turn)

/** Where empty copies of a database’s tables are, on which views, triggers, routines and events are tried. */
export const proofName = (database: string, turn = 1): string => workingName(database, 'proof', turn)

type Kind = 'aside' | 'previous' | 'drill' | 'proof'

const pattern = /__(aside|previous|drill|proof)([2-9]|[1-9]\d+)?$/

/** The turn of a name that is like those that are made here; null for any other. */
export const turnOf = (name: string): number | null => {
  const match = pattern.exec(name)
  return match === null ? null : Number(match[2] ?? 1)
}

/** Whether a name is one that is made here for one of these databases. */
export const isWorkingNameOf = (name: string, databases: readonly string[]): boolean => {
  const [, kind, turn] = pattern.exec(name) ?? []
  return databases.some(
    (database) => kind !== undefined && workingName(database, kind as Kind, Number(turn ?? 1)) === name,
  )
}

const workingName = (database: string, kind: Kind, turn: number): string => {
  const suffix = `__${kind}${turn === 1 ? '' : turn}`
  if (fits(database + suffix)) return database + suffix
  const digest = createHash('sha256').update(database).digest('hex').slice(0, 8)
  const letters = [...database]
  while (!fits(`${letters.join('')}_${digest}${suffix}`)) letters.pop()
  return `${letters.join('')}_${digest}${suffix}`
}

/** A name has at most 64 characters, and its directory 255 bytes, in which all but letters, digits and `_` are `@0020`. */
const fits = (name: string): boolean =>
  [...name].length <= 64 && [...name].reduce((sum, letter) => sum + (/^\w$/.test(letter) ? 1 : 5), 0) <= 255
