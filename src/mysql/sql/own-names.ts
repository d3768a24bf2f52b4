import { MalformedDump } from './malformed-dump.ts'
import { nameInQuotes, quoteName } from './quote.ts'
import { withDatabasesRenamed } from './renamed-databases.ts'
import { usual } from './session-reading.ts'

/**
 * A definition that names the database it is in, such as `DEFAULT nextval(`dtable_db`.`s`)`, with the name of another.
 * What servers read in different ways stays as it is: the server then says what is wrong with it. `sql` is latin1.
 */
export const inDatabase = (sql: string, from: string, to: string): string => {
  if (from === to || !names(sql, from)) return sql
  try {
    return withDatabasesRenamed(sql, usual, new Map([[from, to]]))
  } catch (error) {
    if (error instanceof MalformedDump) return sql
    throw error
  }
}

/**
 * What gives the columns of a saved table the defaults that name `database`: those keep the name of the database in which
 * the table was made when it is renamed into another one. They alone are changed, at once, or not at all. Null when there
 * are none. Texts are latin1.
 */
export const defaultsAtHome = (create: string, database: string): string | null => {
  const [head = '', ...lines] = create.split('\n')
  const table = /^CREATE TABLE (`(?:[^`]|``)+`) \($/.exec(head)?.[1]
  if (table === undefined) return null
  const columns = lines.filter((line) => line.startsWith('  `') && inDatabase(line, database, `${database}_`) !== line)
  if (columns.length === 0) return null
  const changes = columns.map((line) => `MODIFY ${line.trim().replace(/,$/, '')}`)
  return `ALTER TABLE ${table} ${changes.join(', ')}, ALGORITHM=INSTANT`
}

/** The other database whose sequences or tables a definition uses, which a load may not touch; null when there is none. */
export const otherDatabaseIn = (create: string, database: string): string | null => {
  // Only these are written with the name of a database, but for foreign keys.
  const pattern = /(?:\b(?:nextval|lastval|setval)\(|\bUNION=\([^)]*)`((?:[^`]|``)+)`\.`/gi
  for (const [, written = ''] of create.matchAll(pattern)) {
    const name = nameInQuotes(written)
    if (name.toLowerCase() !== database.toLowerCase()) return name
  }
  return null
}

/** A glance, without which every definition would be taken apart. */
const names = (sql: string, database: string): boolean =>
  sql.toLowerCase().includes(`${Buffer.from(quoteName(database), 'utf8').toString('latin1').toLowerCase()}.`)
