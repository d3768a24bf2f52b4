import type { Client, Question } from '../client/client.ts'
import { quoteName } from '../sql/quote.ts'
import type { ListedDatabase } from './inventory.ts'

/** A table some of whose files lie outside of the directory of its database. */
export interface TableElsewhere {
  readonly database: string
  readonly table: string
  /** Directories, or `tablespace …`, as its definition names them. */
  readonly places: readonly string[]
  /**
   * True when its files have a place of their own (`DATA DIRECTORY`, `INDEX DIRECTORY`, also of a partition). A rename to
   * another database leaves InnoDB’s link to them behind in MariaDB, so that after a restart nothing finds them; a second
   * MyISAM or Aria table of that name would be given the same files. A general tablespace of MySQL holds tables by number.
   */
  readonly isDirectory: boolean
}

/**
 * Asked of the definitions: information_schema shows no directory of a partition, and that of other tables only in some
 * versions. A session whose sql_mode is NO_DIR_IN_CREATE would not show them.
 */
export const tablesElsewhere = async (
  client: Client,
  databases: readonly Pick<ListedDatabase, 'name' | 'tables'>[],
): Promise<TableElsewhere[]> => {
  const tables = databases.flatMap(({ name, tables: ofDatabase }) =>
    ofDatabase
      .filter(({ type }) => type !== 'SEQUENCE')
      .map((table) => ({ database: name, table: table.name }))
      .toSorted((one, other) => (one.table < other.table ? -1 : 1)),
  )
  if (tables.length === 0) return []
  const rows = await client.ask(
    tables.map(({ database, table }): Question => `SHOW CREATE TABLE ${quoteName(database)}.${quoteName(table)}`),
    // One that is dropped meanwhile answers nothing: each answer is looked for by its name.
    { task: 'Looking where the tables lie', force: true },
  )
  const left = [...rows]
  return tables.flatMap(({ database, table }) => {
    const at = left.findIndex(([name]) => name === table)
    if (at === -1) return []
    const [[, definition = ''] = []] = left.splice(0, at + 1).slice(-1)
    const { directories, tablespaces } = placesIn(definition)
    return directories.length + tablespaces.length === 0
      ? []
      : [{ database, table, places: [...directories, ...tablespaces], isDirectory: directories.length > 0 }]
  })
}

/** Those that every server has. */
const ownTablespaces = ['innodb_system', 'innodb_file_per_table', 'innodb_temporary']

/** A definition as a server shows it where the table has no directory of its own. */
export const withoutDirectories = (definition: string): string =>
  definition.replace(
    /`(?:[^`]|``)*`|'(?:[^'\\]|''|\\.)*'| (?:DATA|INDEX) DIRECTORY *= *'(?:[^'\\]|''|\\.)*'/gs,
    (text) => (/^[`']/.test(text) ? text : ''),
  )

/** What a definition says of places, and not what stands in its names, comments and defaults. */
export const placesIn = (definition: string): { readonly directories: string[]; readonly tablespaces: string[] } => {
  const parts = definition.match(/`(?:[^`]|``)*`|'(?:[^'\\]|''|\\.)*'|[^`']+/gs) ?? []
  const directories = new Set<string>()
  const tablespaces = new Set<string>()
  parts.forEach((part, index) => {
    const before = /^[`']/.test(parts[index - 1] ?? "'") ? '' : (parts[index - 1] ?? '')
    const clause = /\b((?:DATA|INDEX) DIRECTORY) *= *$/i.exec(before)
    if (clause !== null && part.startsWith("'")) directories.add(`${clause[1]} ${part}`)
    const name = part.slice(1, -1).replaceAll('``', '`')
    if (/\bTABLESPACE *=? *$/i.test(before) && part.startsWith('`') && !ownTablespaces.includes(name)) {
      tablespaces.add(`tablespace ${name}`)
    }
  })
  return { directories: [...directories], tablespaces: [...tablespaces] }
}
