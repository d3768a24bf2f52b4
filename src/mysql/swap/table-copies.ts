import type { Client } from '../client/client.ts'
import { quoteName } from '../sql/quote.ts'
import { type Defaults, dropDatabases } from './swap.ts'

/** Empty copies of a database’s tables: from where, and to which database. */
export interface TableCopies extends Defaults {
  /** The database that texts name when they mean these tables. */
  readonly of: string
  readonly from: string
  readonly to: string
  readonly tables: readonly string[]
}

/**
 * Makes empty copies of tables, in databases that are dropped first. What cannot be copied is missing, and whatever
 * needs it is then not proven. Keys and triggers are not copied.
 */
export const copyTables = async (
  client: Client,
  copies: readonly TableCopies[],
  signal?: AbortSignal,
): Promise<void> => {
  const task = 'Copying the definitions of the tables'
  await dropCopies(client, copies)
  await client.query(
    copies
      .map(
        ({ to, characterSet, collation }) =>
          `CREATE DATABASE ${quoteName(to)} CHARACTER SET ${characterSet} COLLATE ${collation}`,
      )
      .join(';\n'),
    { task },
  )
  const statements = copies.flatMap(({ from, to, tables }) =>
    tables.map(
      (table) => `CREATE TABLE ${quoteName(to)}.${quoteName(table)} LIKE ${quoteName(from)}.${quoteName(table)}`,
    ),
  )
  if (statements.length === 0) return
  await client.query(statements.join(';\n'), { task, force: true, ...(signal ? { signal } : {}) })
}

export const dropCopies = (client: Client, copies: readonly Pick<TableCopies, 'to'>[]): Promise<void> =>
  dropDatabases(
    client,
    copies.map(({ to }) => to),
    'Removing copies of the tables',
  )
