import type { Client, Question } from '../client/client.ts'
import type { Inventory, ListedDatabase } from '../server/inventory.ts'
import { quoteText } from '../sql/quote.ts'
import { kindOf } from '../sql/server-version.ts'
import type { DumpedDatabase } from './writer.ts'

/** A table of a database that this server would not take back, and why, as the end of a sentence about the database. */
export interface RefusedTable {
  readonly database: string
  readonly why: string
}

const asked = [
  'disabled_storage_engines',
  'enforce_storage_engine',
  'innodb_default_row_format',
  'innodb_force_primary_key',
]

/**
 * Which of the saved tables this very server would refuse today, as it is set up: what a user that loads can set for
 * himself is not asked. Nothing is written.
 */
export const refusedTables = async (
  client: Client,
  { databases, serverVersion }: Inventory,
  dumped: readonly DumpedDatabase[],
  signal?: AbortSignal,
): Promise<RefusedTable[]> => {
  const options = { task: 'Asking what could not be restored', ...(signal ? { signal } : {}) }
  const list = asked.map((name) => `'${name}'`).join(', ')
  const variables = new Map(
    (await client.ask(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${list})`, options)).map(
      ([name = '', value = '']) => [name.toLowerCase(), value] as const,
    ),
  )
  const value = (name: string) => variables.get(name) ?? ''
  const names = databases.map(({ name }) => quoteText(name)).join(', ')
  const found = async (question: Question, why: string): Promise<RefusedTable[]> =>
    (await client.ask(question, options)).map(([database = '', table = '']) => ({ database, why: `${table}: ${why}` }))
  const refused = [
    ...databases.flatMap((database) => ofRefusedEngine(database, value)),
    ...databases.flatMap((database) => withRowsOfOthers(database, dumped)),
  ]
  if (databases.length === 0) return refused
  if (client.programs.flavour === 'mariadb' && kindOf(serverVersion) === 'mysql') {
    const program = `${client.programs.dump}, which is MariaDB’s`
    const remedy = 'install MySQL’s own client'
    const generated = `it has generated columns; ${program}, saves their values, and MySQL takes none (error 3105): ${remedy}`
    refused.push(...(await found(withColumns(names, "EXTRA REGEXP '(VIRTUAL|STORED) GENERATED'"), generated)))
    const vectors = `it has vectors, which ${program}, saves as text, and MySQL does not take (error 6136): ${remedy}`
    refused.push(...(await found(withColumns(names, "DATA_TYPE = 'vector'"), vectors)))
  }
  if (value('innodb_force_primary_key') === 'ON') {
    refused.push(...(await found(withoutKey(names), 'it has no primary key, and innodb_force_primary_key is ON')))
  }
  const format = value('innodb_default_row_format')
  if (format !== '' && format !== 'dynamic') {
    const why = `it has a key of more than 767 bytes and names no ROW_FORMAT, and innodb_default_row_format is ${format}`
    refused.push(...(await found(withLongKey(names), why)))
  }
  return refused
}

const ofRefusedEngine = ({ name, tables }: ListedDatabase, value: (name: string) => string): RefusedTable[] => {
  const enforced = value('enforce_storage_engine').toLowerCase()
  const disabled = value('disabled_storage_engines')
    .toLowerCase()
    .split(/\s*,\s*/)
  return tables
    .filter(({ type }) => type !== 'SEQUENCE')
    .flatMap(({ name: table, storageEngine }) => {
      const engine = storageEngine.toLowerCase()
      if (enforced !== '' && enforced !== 'null' && engine !== enforced) {
        const why = `${table}: its engine is ${storageEngine}, and enforce_storage_engine is ${value('enforce_storage_engine')}`
        return [{ database: name, why }]
      }
      return disabled.includes(engine)
        ? [{ database: name, why: `${table}: its engine is ${storageEngine}, one of disabled_storage_engines` }]
        : []
    })
}

/** Not every dump program leaves out the rows that a MERGE table shows of others. */
const withRowsOfOthers = ({ name, tables }: ListedDatabase, dumped: readonly DumpedDatabase[]): RefusedTable[] => {
  const saved = dumped.find((database) => database.name === name)?.tables ?? []
  return tables
    .filter(({ storageEngine }) => /^MRG_MYISAM$/i.test(storageEngine))
    .filter(({ name: table }) => saved.some((one) => one.name === table && one.rows > 0))
    .map(({ name: table }) => ({
      database: name,
      why: `${table}: it is a MERGE table, and the dump program saves the rows of its tables a second time`,
    }))
}

const withColumns = (
  databases: string,
  which: string,
): Question => `SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA IN (${databases}) AND ${which}`

/** InnoDB takes a UNIQUE key without NULL for a primary one; one that allows NULL is rare enough to be left out here. */
const withoutKey = (
  databases: string,
): Question => `SELECT t.TABLE_SCHEMA, t.TABLE_NAME FROM information_schema.TABLES t
LEFT JOIN information_schema.TABLE_CONSTRAINTS c
  ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME AND c.CONSTRAINT_TYPE IN ('PRIMARY KEY', 'UNIQUE')
WHERE t.TABLE_SCHEMA IN (${databases}) AND t.ENGINE = 'InnoDB' AND t.TABLE_TYPE <> 'SEQUENCE' AND c.TABLE_NAME IS NULL`

const withLongKey = (
  databases: string,
): Question => `SELECT DISTINCT t.TABLE_SCHEMA, t.TABLE_NAME FROM information_schema.TABLES t
JOIN information_schema.STATISTICS s ON s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME
JOIN information_schema.COLUMNS c
  ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME AND c.COLUMN_NAME = s.COLUMN_NAME
WHERE t.TABLE_SCHEMA IN (${databases}) AND t.ENGINE = 'InnoDB' AND t.ROW_FORMAT = 'Dynamic'
  AND t.CREATE_OPTIONS NOT LIKE '%row_format%' AND s.INDEX_TYPE = 'BTREE'
  AND IFNULL(s.SUB_PART, c.CHARACTER_MAXIMUM_LENGTH) * c.CHARACTER_OCTET_LENGTH / NULLIF(c.CHARACTER_MAXIMUM_LENGTH, 0) > 767`
