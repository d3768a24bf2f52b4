import type { DatabaseRecord } from '../state/journal.ts'
import type { Previous } from '../state/previous.ts'

/** A database that is swapped, and the one that what was live in it is kept in. */
export type OutgoingDatabase = DatabaseRecord & { readonly kept: string }

/** MySQL's and MariaDB's common ground, for a database of which nothing is known because there is none. */
const usualDefaults = { characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci' }

/** The record of what goes out of live at a time, and of where it is kept. */
export const previousOf = (
  snapshot: string,
  at: Date,
  databases: readonly OutgoingDatabase[],
  directories: Previous['directories'],
): Previous => ({
  snapshot,
  replacedAt: at.toISOString(),
  databases: databases.map(({ name, live, incoming, kept }) => ({
    name,
    kept,
    existed: live !== null,
    ...defaultsOf(live ?? incoming),
    tables: live?.tables ?? [],
    objects: live?.objects ?? [],
    foreignKeys: live?.foreignKeys ?? [],
  })),
  directories,
})

/** A manifest may name no character set, and none must ever come into a statement. */
const defaultsOf = (side: { readonly characterSet: string; readonly collation: string } | null) =>
  side === null || side.characterSet === '' || side.collation === ''
    ? usualDefaults
    : { characterSet: side.characterSet, collation: side.collation }
