import type { Client } from '../../mysql/client/client.ts'
import { readObjects, type SavedObject } from '../../mysql/objects/objects.ts'
import type { ListedDatabase } from '../../mysql/server/inventory.ts'
import { type ForeignKey, strayForeignKeys } from '../../mysql/swap/foreign-keys.ts'
import type { Journal } from '../state/journal.ts'

type Side = Journal['databases'][number]

/** What must be known of a live database to swap it out and to bring it back. */
export const liveDatabase = async (client: Client, database: ListedDatabase | null): Promise<Side['live']> =>
  database === null
    ? null
    : {
        characterSet: database.characterSet,
        collation: database.collation,
        tables: tableNames(database),
        objects: (await readObjects(client, database.name)).map(asSaved),
        foreignKeys: (await strayForeignKeys(client, database.name, tableNames(database))).map(asRecord),
      }

/** As the journal writes it. */
export const asSaved = (object: SavedObject) => ({ ...object, grants: [...(object.grants ?? [])] })

/** The same. */
export const asRecord = (key: ForeignKey) => ({
  ...key,
  columns: [...key.columns],
  referencedColumns: [...key.referencedColumns],
})

/** Tables and sequences: what a RENAME TABLE moves. */
export const tableNames = (database: ListedDatabase | null): string[] => database?.tables.map(({ name }) => name) ?? []
