import type { Client } from '../client/client.ts'
import type { ObjectKind } from '../sql/object-head.ts'
import { quoteName, quoteText } from '../sql/quote.ts'
import type { NamedObject } from './objects.ts'

export interface RoutineGrant extends NamedObject {
  readonly statement: string
}

/**
 * The GRANT statements on the routines of a database; none when this user may not read them. Grants on tables and views
 * are by name, and survive what happens to these.
 */
export const grantsOnRoutines = async (client: Client, database: string): Promise<RoutineGrant[]> => {
  const rows = await client
    .ask(
      `SELECT Routine_type, Routine_name, Proc_priv, User, Host FROM mysql.procs_priv WHERE Db = ${quoteText(database)} ORDER BY Routine_type, Routine_name, User, Host`,
      { task: `Reading the grants on the routines of ${database}` },
    )
    .catch(() => [])
  return rows.flatMap(([kind = '', name = '', rights = '', user = '', host = '']) => {
    const given = rights.split(',').filter((right) => right !== '' && right !== 'Grant')
    // MariaDB keeps a role as a user without a host.
    const to = host === '' ? quoteName(user) : `${quoteName(user)}@${quoteName(host)}`
    const on = `${kind} ${quoteName(database)}.${quoteName(name)}`
    const again = /(?:^|,)Grant(?:,|$)/.test(rights) ? ' WITH GRANT OPTION' : ''
    const statement = `GRANT ${given.join(', ').toUpperCase() || 'USAGE'} ON ${on} TO ${to}${again}`
    return [{ kind: kind as ObjectKind, name, statement }]
  })
}

/** Gives these grants, and returns those that could not be given: of users who are gone, for example. */
export const giveGrants = async (client: Client, statements: readonly string[]): Promise<string[]> => {
  const failed: string[] = []
  const give = (some: readonly string[]) =>
    client.query(some.join(';\n'), { task: 'Granting what was granted on routines' })
  if (statements.length === 0) return failed
  try {
    await give(statements)
  } catch {
    for (const one of statements) await give([one]).catch(() => failed.push(one))
  }
  return failed
}
