import { isSystemDatabase } from '../../system-databases.ts'
import type { Client } from '../client/client.ts'
import { quoteText } from '../sql/quote.ts'

/** One table as the server lists it. `type` is `BASE TABLE`, `SYSTEM VERSIONED` or `SEQUENCE`. */
export interface ListedTable {
  readonly name: string
  readonly type: string
  readonly storageEngine: string
}

export interface ListedDatabase {
  readonly name: string
  readonly characterSet: string
  readonly collation: string
  /** Bytes of data without indexes: about what the dump will need. */
  readonly dataBytes: number
  /** The server's own estimate, for InnoDB off by half at times. */
  readonly estimatedRows: number
  readonly tables: readonly ListedTable[]
  readonly views: readonly string[]
  /** Views whose tables are gone: no server creates them again. */
  readonly brokenViews: readonly string[]
  readonly triggers: readonly string[]
  readonly routines: readonly string[]
  readonly events: readonly string[]
  /** Foreign keys into other databases, as `table.key`: aside, there is nothing for them to point to. */
  readonly foreignKeysOut: readonly string[]
  /** Columns of type FLOAT, as `table.column`: the client prints six digits of them. */
  readonly floatColumns: readonly string[]
}

export interface Inventory {
  readonly serverVersion: string
  /** Bytes. */
  readonly maxAllowedPacket: number
  /** Where the server keeps its tables, as it sees its own filesystem. */
  readonly dataDirectory: string
  readonly databases: readonly ListedDatabase[]
  /** Databases of the server that are neither asked for nor the system's own. */
  readonly otherDatabases: readonly string[]
}

/** Lists what the server holds of the named databases; those that do not exist are left out. */
export const takeInventory = async (
  client: Client,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Inventory> => {
  // Nothing is asked for when only directories are restored, and `IN ()` is no SQL.
  const these = names.length === 0 ? 'NULL' : names.map(quoteText).join(',')
  const rows = await client.ask(
    [
      `SELECT 'server', @@version, @@max_allowed_packet, @@datadir`,
      `SELECT 'schema', SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA`,
      `SELECT 'table', TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, IFNULL(ENGINE, ''), IFNULL(DATA_LENGTH, 0), IFNULL(TABLE_ROWS, 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (${these}) AND TABLE_TYPE <> 'VIEW'`,
      `SELECT 'view', TABLE_SCHEMA, TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA IN (${these})`,
      // Only who asks for rows makes MariaDB open the view, and then say what is wrong with it.
      `SELECT 'broken', TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (${these}) AND TABLE_TYPE = 'VIEW' AND TABLE_ROWS IS NULL AND TABLE_COMMENT LIKE '%references invalid%'`,
      `SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA IN (${these})`,
      `SELECT 'routine', ROUTINE_SCHEMA, CONCAT(ROUTINE_TYPE, ' ', ROUTINE_NAME) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN (${these}) AND ROUTINE_TYPE IN ('PROCEDURE', 'FUNCTION')`,
      `SELECT 'event', EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA IN (${these})`,
      `SELECT 'key', TABLE_SCHEMA, CONCAT(TABLE_NAME, '.', CONSTRAINT_NAME) FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA IN (${these}) AND REFERENCED_TABLE_SCHEMA IS NOT NULL AND REFERENCED_TABLE_SCHEMA <> TABLE_SCHEMA AND ORDINAL_POSITION = 1`,
      `SELECT 'float', TABLE_SCHEMA, CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN (${these}) AND DATA_TYPE = 'float'`,
    ],
    { task: 'Listing the databases', ...(signal ? { signal } : {}) },
  )
  const of = (kind: string, database?: string) =>
    rows.filter((row) => row[0] === kind && (database === undefined || row[1] === database))
  const namesOf = (kind: string, database: string) => of(kind, database).map((row) => row[2] as string)

  const schemas = of('schema')
  const [, serverVersion = '', maxAllowedPacket = '0', dataDirectory = '/'] = of('server')[0] ?? []
  return {
    serverVersion,
    maxAllowedPacket: Number(maxAllowedPacket),
    dataDirectory,
    databases: names
      .flatMap((wanted) => schemas.filter(([, name]) => name === wanted))
      .map(([, name = '', characterSet = '', collation = '']) => ({
        name,
        characterSet,
        collation,
        dataBytes: of('table', name).reduce((sum, row) => sum + Number(row[5]), 0),
        estimatedRows: of('table', name).reduce((sum, row) => sum + Number(row[6]), 0),
        tables: of('table', name).map(([, , table = '', type = '', storageEngine = '']) => ({
          name: table,
          type,
          storageEngine,
        })),
        views: namesOf('view', name),
        brokenViews: namesOf('broken', name),
        triggers: namesOf('trigger', name),
        routines: namesOf('routine', name),
        events: namesOf('event', name),
        foreignKeysOut: namesOf('key', name),
        floatColumns: namesOf('float', name),
      })),
    otherDatabases: schemas
      .map(([, name = '']) => name)
      .filter((name) => !names.includes(name) && !isSystemDatabase(name)),
  }
}
