import type { Client, Question } from '../client/client.ts'
import { quoteName, quoteText } from '../sql/quote.ts'

/** A foreign key as it can be created again. */
export interface ForeignKey {
  readonly name: string
  readonly table: string
  readonly columns: readonly string[]
  readonly referencedDatabase: string
  readonly referencedTable: string
  readonly referencedColumns: readonly string[]
  /** `ON DELETE …` and `ON UPDATE …`; empty for the defaults. */
  readonly rules: string
}

/**
 * Foreign keys of a database whose table stays behind when all its tables move: they point to a table that does not
 * exist, or lies in another database. Moved as they are, they would point to whatever has that name next, and the
 * server would refuse to delete from it.
 */
export const strayForeignKeys = async (
  client: Client,
  database: string,
  tables: readonly string[],
): Promise<ForeignKey[]> => {
  const keys = await readForeignKeys(client, [ofDatabase(database)], `Reading the foreign keys of ${database}`)
  return keys
    .filter((key) => key.referencedDatabase !== database || !tables.includes(key.referencedTable))
    .map(({ database: _database, ...key }) => key)
}

export interface PlacedForeignKey extends ForeignKey {
  /** The database of its table. */
  readonly database: string
}

/** Which keys are read: a condition for KEY_COLUMN_USAGE, and the same for REFERENTIAL_CONSTRAINTS. */
export interface WhichKeys {
  readonly usage: string
  readonly rules: string
}

/** All keys of a database, or of one of its tables. */
export const ofDatabase = (database: string, table?: string): WhichKeys => {
  const ofTable = table === undefined ? '' : ` AND TABLE_NAME = ${quoteText(table)}`
  return {
    usage: `TABLE_SCHEMA = ${quoteText(database)}${ofTable}`,
    rules: `CONSTRAINT_SCHEMA = ${quoteText(database)}${ofTable}`,
  }
}

/** Two questions for each, and no join: with constants MariaDB opens only the tables that are meant. */
export const readForeignKeys = async (
  client: Client,
  which: readonly WhichKeys[],
  task: string,
): Promise<PlacedForeignKey[]> => {
  if (which.length === 0) return []
  const rows = await client.ask(
    which.flatMap(({ usage, rules }): Question[] => [
      `SELECT 'server', VERSION()`,
      `SELECT 'rules', CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE ${rules}`,
      `SELECT 'key', TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE ${usage} AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
    ]),
    { task },
  )
  const version = rows[0]?.[1] ?? ''
  const rules = new Map(
    rows.filter(([of]) => of === 'rules').map((row) => [idOf(row), rulesOf(row[4] ?? '', row[5] ?? '', version)]),
  )
  const keys = keysOf(
    rows.filter(([of]) => of === 'key'),
    (row) => rules.get(idOf(row)) ?? '',
  )
  const hidden = [...keys].flatMap(([id, key]) => (rules.has(id) ? [] : [key]))
  const shown = await shownRules(client, hidden, task)
  return [...keys.values()].map((key) => ({ ...key, rules: shown.get(key) ?? key.rules }))
}

/** Of a row of a foreign key or of its rules: database, table and name stand behind what the row is of. */
const idOf = ([, database, table, name]: readonly string[]): string => [database, table, name].join('\0')

/**
 * The keys of rows that are each of one column: what the row is of, database, table, name, column, referenced database,
 * table and column. By `idOf`.
 */
export const keysOf = (
  rows: readonly (readonly string[])[],
  rulesOfKey: (row: readonly string[]) => string,
): Map<string, PlacedForeignKey> => {
  const keys = new Map<string, PlacedForeignKey>()
  for (const row of rows) {
    const [, database = '', table = '', name = '', column = '', inDatabase = '', ofTable = '', ofColumn = ''] = row
    const known = keys.get(idOf(row))
    keys.set(idOf(row), {
      database,
      name,
      table,
      columns: [...(known?.columns ?? []), column],
      referencedDatabase: inDatabase,
      referencedTable: ofTable,
      referencedColumns: [...(known?.referencedColumns ?? []), ofColumn],
      rules: rulesOfKey(row),
    })
  }
  return keys
}

/** Whose rules information_schema hides, as it does from a user who may only SELECT, are read from the definition. */
const shownRules = async (
  client: Client,
  keys: readonly PlacedForeignKey[],
  task: string,
): Promise<Map<PlacedForeignKey, string>> => {
  const found = new Map<PlacedForeignKey, string>()
  for (const key of keys) {
    const [[, create = ''] = []] = await client.ask(
      `SHOW CREATE TABLE ${quoteName(key.database)}.${quoteName(key.table)}`,
      {
        task,
      },
    )
    const line = create
      .split('\n')
      .find((one) => one.trimStart().startsWith(`CONSTRAINT ${quoteName(key.name)} FOREIGN KEY`))
    found.set(key, /\)((?: ON (?:DELETE|UPDATE) [A-Z ]+?)*),?$/.exec(line ?? '')?.[1] ?? '')
  }
  return found
}

/**
 * As information_schema tells them, which no sql_mode changes; a definition is quoted by it. RESTRICT is what MariaDB and
 * MySQL 5.7 take where nothing is said, and MariaDB’s ALTER TABLE makes NO ACTION of it where it is. MySQL 8 takes NO
 * ACTION, and keeps both as they are said.
 */
const rulesOf = (onDelete: string, onUpdate: string, version: string): string => {
  const isUnsaid = (action: string) => action === 'RESTRICT' && !/^([89]|[1-9]\d)\.(?!.*mariadb)/i.test(version)
  const rule = (event: 'DELETE' | 'UPDATE', action: string) =>
    isUnsaid(action) || action === '' ? '' : ` ON ${event} ${action}`
  return rule('DELETE', onDelete) + rule('UPDATE', onUpdate)
}

/** Drops foreign keys; those that are gone already are fine. Tables are not rebuilt. */
export const dropForeignKeys = async (client: Client, database: string, keys: readonly ForeignKey[]): Promise<void> => {
  if (keys.length === 0) return
  const task = `Setting foreign keys of ${database} aside`
  const there = await client.ask(
    `SELECT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_TYPE = 'FOREIGN KEY' AND TABLE_SCHEMA = ${quoteText(database)}`,
    { task },
  )
  const statements = keys
    .filter(({ table, name }) => there.some((row) => row[0] === table && row[1] === name))
    .map((key) => removal({ ...key, database }))
  if (statements.length > 0) await client.query(statements.join(';\n'), { task })
}

/**
 * Creates the keys again in `database`; a key into the database that its table came from (`home`) points into
 * `database`. What they point to need not exist, and no row is checked, as when they were dropped.
 */
export const addForeignKeys = async (
  client: Client,
  database: string,
  home: string,
  keys: readonly ForeignKey[],
): Promise<void> => {
  if (keys.length === 0) return
  await dropForeignKeys(client, database, keys)
  const statements = keys.map((key) =>
    addition({
      ...key,
      database,
      referencedDatabase: key.referencedDatabase === home ? database : key.referencedDatabase,
    }),
  )
  await client.query(['SET SESSION foreign_key_checks = 0', ...statements].join(';\n'), {
    task: `Creating foreign keys of ${database} again`,
  })
}

/** The statement that removes a key. */
export const removal = ({ database, table, name }: Pick<PlacedForeignKey, 'database' | 'table' | 'name'>): string =>
  `ALTER TABLE ${quoteName(database)}.${quoteName(table)} DROP FOREIGN KEY ${quoteName(name)}`

/** The statement that creates it again. */
export const addition = (key: PlacedForeignKey): string => {
  const list = (columns: readonly string[]) => columns.map(quoteName).join(', ')
  const target = `${quoteName(key.referencedDatabase)}.${quoteName(key.referencedTable)}`
  return `ALTER TABLE ${quoteName(key.database)}.${quoteName(key.table)} ADD CONSTRAINT ${quoteName(key.name)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${target} (${list(key.referencedColumns)})${key.rules}`
}
