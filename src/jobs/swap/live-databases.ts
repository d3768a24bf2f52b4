import type { Client } from '../../mysql/client/client.ts'
import { readObjects } from '../../mysql/objects/objects.ts'
import type { ListedDatabase } from '../../mysql/server/inventory.ts'
import { strayForeignKeys } from '../../mysql/swap/foreign-keys.ts'
import type { DatabaseRecord } from '../state/journal.ts'

type Side = DatabaseRecord

/** What must be known of a live database to swap it out and to bring it back. */
export const liveDatabase = async (client: Client, database: ListedDatabase | null): Promise<Side['live']> =>
  database === null
    ? null
    : {
        characterSet: database.characterSet,
        collation: database.collation,
        tables: tableNames(database),
        objects: await readObjects(client, database.name),
        foreignKeys: await strayForeignKeys(client, database.name, tableNames(database)),
      }

/** Tables and sequences: what a RENAME TABLE moves. */
export const tableNames = (database: ListedDatabase | null): string[] => database?.tables.map(({ name }) => name) ?? []
