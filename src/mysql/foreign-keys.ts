import { type Client, quoteName, quoteText } from './client.ts'

/** A foreign key as it can be created again. */
export interface ForeignKey {
  readonly name: string
  readonly table: string
  readonly columns: readonly string[]
  readonly referencedDatabase: string
  readonly referencedTable: string
  readonly referencedColumns: readonly string[]
  /** `ON DELETE …` and `ON UPDATE …` as the server shows them; empty for the defaults. */
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
  const task = `Reading the foreign keys of ${database}`
  const rows = await client.query(
    `SELECT CONSTRAINT_NAME, TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ${quoteText(database)} AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
    { task },
  )
  const keys = new Map<string, Omit<ForeignKey, 'rules'>>()
  for (const [name = '', table = '', column = '', inDatabase = '', ofTable = '', ofColumn = ''] of rows) {
    if (inDatabase === database && tables.includes(ofTable)) continue
    const id = `${table}\0${name}`
    const known = keys.get(id)
    keys.set(id, {
      name,
      table,
      columns: [...(known?.columns ?? []), column],
      referencedDatabase: inDatabase,
      referencedTable: ofTable,
      referencedColumns: [...(known?.referencedColumns ?? []), ofColumn],
    })
  }
  const found: ForeignKey[] = []
  for (const key of keys.values()) {
    const [[, create = ''] = []] = await client.query(
      `SHOW CREATE TABLE ${quoteName(database)}.${quoteName(key.table)}`,
      { task },
    )
    found.push({ ...key, rules: rulesOf(create, key.name) })
  }
  return found
}

/** information_schema tells RESTRICT and the default apart differently from version to version; the definition does not. */
const rulesOf = (createTable: string, name: string): string => {
  const line = createTable
    .split('\n')
    .find((one) => one.trimStart().startsWith(`CONSTRAINT ${quoteName(name)} FOREIGN KEY`))
  return (
    /\)((?: ON (?:DELETE|UPDATE) (?:CASCADE|SET NULL|SET DEFAULT|NO ACTION|RESTRICT))*),?$/.exec(line ?? '')?.[1] ?? ''
  )
}

/** Drops foreign keys; those that are gone already are fine. Tables are not rebuilt. */
export const dropForeignKeys = async (client: Client, database: string, keys: readonly ForeignKey[]): Promise<void> => {
  if (keys.length === 0) return
  const task = `Setting foreign keys of ${database} aside`
  const there = await client.query(
    `SELECT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_TYPE = 'FOREIGN KEY' AND TABLE_SCHEMA = ${quoteText(database)}`,
    { task },
  )
  const statements = keys
    .filter(({ table, name }) => there.some((row) => row[0] === table && row[1] === name))
    .map(
      ({ table, name }) => `ALTER TABLE ${quoteName(database)}.${quoteName(table)} DROP FOREIGN KEY ${quoteName(name)}`,
    )
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
  const list = (columns: readonly string[]) => columns.map(quoteName).join(', ')
  const statements = keys.map((key) => {
    const target = `${quoteName(key.referencedDatabase === home ? database : key.referencedDatabase)}.${quoteName(key.referencedTable)}`
    return `ALTER TABLE ${quoteName(database)}.${quoteName(key.table)} ADD CONSTRAINT ${quoteName(key.name)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${target} (${list(key.referencedColumns)})${key.rules}`
  })
  await client.query(['SET SESSION foreign_key_checks = 0', ...statements].join(';\n'), {
    task: `Creating foreign keys of ${database} again`,
  })
}
