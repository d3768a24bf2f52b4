import type { Client, Question } from '../client/client.ts'
import { quoteText } from '../sql/quote.ts'
import { kindOf } from '../sql/server-version.ts'
import { keysOf, ofDatabase, type PlacedForeignKey, readForeignKeys, type WhichKeys } from './foreign-keys.ts'

/**
 * Foreign keys of tables in other databases that point into these. A RENAME TABLE takes them along, whatever
 * `foreign_key_checks` is: after a swap they would point to what was live before. Nothing else that names a table from
 * outside does (views, triggers, routines, events, MERGE tables, grants): all of these go by the name.
 *
 * information_schema hides keys of tables on which the user has no right; InnoDB's own list, which needs PROCESS, hides
 * none, and is quick on a server of many databases.
 */
export const foreignKeysInto = async (client: Client, databases: readonly string[]): Promise<PlacedForeignKey[]> => {
  if (databases.length === 0) return []
  const task = 'Looking for foreign keys of other databases'
  const listed = await listOfInnoDB(client, task)
  const found = (listed?.keys ?? []).filter((key) => pointsIn(key, databases))
  const tables = new Map(found.map(({ database, table }) => [`${database}\0${table}`, ofDatabase(database, table)]))
  const which = listed?.isWhole ? [...tables.values()] : [pointingInto(databases)]
  const shown = (await readForeignKeys(client, which, task)).filter((key) => pointsIn(key, databases))
  const isShown = ({ database, table }: PlacedForeignKey) =>
    shown.some((key) => key.database === database && key.table === table)
  return unique([...shown, ...found.filter((key) => !isShown(key))])
}

const pointsIn = ({ database, referencedDatabase }: PlacedForeignKey, databases: readonly string[]): boolean =>
  databases.includes(referencedDatabase) && !databases.includes(database)

const pointingInto = (databases: readonly string[]): WhichKeys => {
  const these = databases.map(quoteText).join(', ')
  return { usage: `REFERENCED_TABLE_SCHEMA IN (${these})`, rules: `UNIQUE_CONSTRAINT_SCHEMA IN (${these})` }
}

const unique = (keys: readonly PlacedForeignKey[]): PlacedForeignKey[] => [
  ...new Map(keys.map((key) => [[key.database, key.table, key.name].join('\0'), key])).values(),
]

/** The tables’ names: MariaDB and MySQL 5.7, then MySQL 8, which shows names as they are and knows no character set of files. */
const listings = [
  { keys: 'INNODB_SYS_FOREIGN', columns: 'INNODB_SYS_FOREIGN_COLS', tables: 'INNODB_SYS_TABLES', isEncoded: true },
  { keys: 'INNODB_FOREIGN', columns: 'INNODB_FOREIGN_COLS', tables: 'INNODB_TABLES', isEncoded: false },
]

/** Names are written as files are named: `@0020` for a space. The server itself reads them. */
const decoded = (part: string): string => `CONVERT(CONVERT(CAST(${part} AS BINARY) USING filename) USING utf8mb4)`

const nameIn = (column: string, isEncoded: boolean) => {
  const [database, table] = [`SUBSTRING_INDEX(${column}, '/', 1)`, `SUBSTRING(${column}, LOCATE('/', ${column}) + 1)`]
  return isEncoded ? { database: decoded(database), table: decoded(table) } : { database, table }
}

/** Null when this user may not ask. It is whole when no name in it may have been cut, and the server is MariaDB. */
const listOfInnoDB = async (
  client: Client,
  task: string,
): Promise<{ readonly keys: PlacedForeignKey[]; readonly isWhole: boolean } | null> => {
  const names = listings.map(({ keys }) => quoteText(keys)).join(', ')
  const there = await client.ask(
    `SELECT UPPER(TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME IN (${names})`,
    { task },
  )
  const rows = await client.ask(
    listings
      .filter(({ keys }) => there.some(([name]) => name === keys))
      .map((listing) => ({
        ...listing,
        child: nameIn('f.FOR_NAME', listing.isEncoded),
        parent: nameIn('f.REF_NAME', listing.isEncoded),
      }))
      .flatMap(({ keys, columns, tables, child, parent }): Question[] => [
        // A server without a table is none: where the list is empty because it is hidden, this one is empty too.
        `SELECT 'asked', COUNT(*), VERSION() FROM information_schema.${tables}`,
        `SELECT 'key', ${child.database}, ${child.table}, SUBSTRING(f.ID, LOCATE('/', f.ID) + 1), c.FOR_COL_NAME, ${parent.database}, ${parent.table}, c.REF_COL_NAME, f.TYPE, CHAR_LENGTH(f.FOR_NAME), CHAR_LENGTH(f.REF_NAME), CHAR_LENGTH(f.ID) FROM information_schema.${keys} f JOIN information_schema.${columns} c ON c.ID = f.ID ORDER BY f.ID, c.POS`,
      ]),
    { task, force: true },
  )
  const asked = rows.find(([of, count]) => of === 'asked' && Number(count) > 0)
  if (asked === undefined) return null
  const isMariaDb = kindOf(asked[2] ?? '') === 'mariadb'
  const listed = rows.filter(([of]) => of === 'key')
  const complete = listed.filter((row) => !row.slice(9).some((length) => Number(length) >= longest))
  const keys = keysOf(complete, (row) => rulesOfType(Number(row[8] ?? 0), isMariaDb))
  return { keys: [...keys.values()], isWhole: complete.length === listed.length && isMariaDb }
}

/** Characters that the list shows of a name; what is longer is cut there. */
const longest = 193

/**
 * InnoDB's bits (`DICT_FOREIGN_ON_DELETE_CASCADE` and its like in dict0mem.h). None is RESTRICT: what MariaDB takes where
 * nothing is said, and what is said in MySQL.
 */
const rulesOfType = (type: number, isMariaDb: boolean): string => {
  const rule = (event: string, [cascade, setNull, noAction]: readonly [number, number, number]) => {
    if ((type & cascade) !== 0) return ` ON ${event} CASCADE`
    if ((type & setNull) !== 0) return ` ON ${event} SET NULL`
    if ((type & noAction) !== 0) return ` ON ${event} NO ACTION`
    return isMariaDb ? '' : ` ON ${event} RESTRICT`
  }
  return rule('DELETE', [1, 2, 16]) + rule('UPDATE', [4, 8, 32])
}
