import type { Client } from '../mysql/client.ts'
import type { ListedDatabase } from '../mysql/inventory.ts'
import { readObjects } from '../mysql/objects.ts'
import type { Journal } from './journal.ts'

/** What must be known of a live database to swap it out and to bring it back. */
export const liveSide = async (
  client: Client,
  database: ListedDatabase | null,
): Promise<Journal['databases'][number]['live']> =>
  database === null
    ? null
    : {
        characterSet: database.characterSet,
        collation: database.collation,
        tables: tableNames(database),
        objects: (await readObjects(client, database)).map((object) => ({
          ...object,
          viewColumns: [...object.viewColumns],
        })),
      }

/** Tables and sequences: what a RENAME TABLE moves. */
export const tableNames = (database: ListedDatabase | null): string[] => database?.tables.map(({ name }) => name) ?? []
