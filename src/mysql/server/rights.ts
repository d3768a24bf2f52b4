import type { Client } from '../client/client.ts'
import { quoteName } from '../sql/quote.ts'
import { isServer, serverVersion } from '../sql/server-version.ts'
import { givesOn, givesOnTable, parseGrants } from './grants.ts'

/** Who asks, what he may do, and of which kind the server is: what says whether anything is hidden from him. */
export interface Rights {
  /** As the server knows him: `backup@%`. */
  readonly user: string
  readonly version: string
  /** The lines of `SHOW GRANTS`, those of active roles among them; none when nobody is asked for rights. */
  readonly grants: readonly string[]
  /** MySQL: `_` and `%` in the name of a database are themselves. */
  readonly partialRevokes: boolean
}

/** A right without which a server leaves something out and says nothing. */
export interface LackingRight {
  readonly privilege: string
  /** What would be left out of which database, as the end of a sentence. */
  readonly hides: string
  /** What gives it. */
  readonly grant: string
}

export const readRights = async (client: Client, signal?: AbortSignal): Promise<Rights> => {
  const rows = await client.ask(
    [
      "SELECT 'who', CURRENT_USER(), VERSION()",
      "SHOW GLOBAL VARIABLES LIKE 'partial_revokes'",
      // A server that was started to ask nobody for rights refuses to tell them.
      'SHOW GRANTS',
    ],
    { task: 'Asking for the rights of the database user', force: true, ...(signal ? { signal } : {}) },
  )
  const [, user = '', version = ''] = rows.find(([kind]) => kind === 'who') ?? []
  return {
    user,
    version,
    grants: rows.filter((row) => row.length === 1).map(([line = '']) => line),
    partialRevokes: rows.some(([name, value]) => name === 'partial_revokes' && value === 'ON'),
  }
}

/**
 * What each right shows: without it a table, a trigger or an event is not listed at all, to a dump program as to anybody, and
 * of a view or a routine only the name is.
 */
const onDatabase = [
  { privilege: 'SELECT', hides: 'tables' },
  { privilege: 'SHOW VIEW', hides: 'views' },
  { privilege: 'TRIGGER', hides: 'triggers' },
  { privilege: 'EVENT', hides: 'events' },
] as const

/** The rights that a dump of these databases lacks, each with the statement that gives it; empty when it has all. */
export const lackingForDump = (rights: Rights, databases: readonly string[]): LackingRight[] => {
  const { grants: lines, partialRevokes } = rights
  if (lines.length === 0) return []
  const grants = parseGrants(lines, partialRevokes)
  return databases.flatMap((database) => [
    ...onDatabase
      .filter(({ privilege }) => !givesOn(grants, privilege, database))
      .map(({ privilege, hides }) => ({
        privilege,
        hides: `${hides} of ${database}`,
        grant: `GRANT ${privilege} ON ${asGranted(database, partialRevokes)}.* TO ${asAccount(rights.user)}`,
      })),
    ...(seesRoutines(rights, database) ? [] : [{ ...routineRight(rights), hides: `routines of ${database}` }]),
  ])
}

/** A role that is granted and not active gives nothing, and is often what was meant to give it. */
export const hasIdleRole = ({ grants }: Rights): boolean => grants.some((line) => /^GRANT [`'"][^ ]+ TO /i.test(line))

/** https://mariadb.com/kb/en/show-create-procedure/, https://dev.mysql.com/doc/refman/8.4/en/stored-routines-privileges.html */
const seesRoutines = ({ version, grants: lines, partialRevokes }: Rights, database: string): boolean => {
  const grants = parseGrants(lines, partialRevokes)
  if (knowsShowRoutine(version)) {
    return (
      lines.some((line) => /^GRANT [^`]*\bSHOW_ROUTINE\b.* ON \*\.\* TO /.test(line)) || givesOn(grants, 'SELECT', null)
    )
  }
  if (givesOnTable(grants, 'SELECT', 'mysql', 'proc')) return true
  // Before 11.3 there was no such right, and so it was not among ALL PRIVILEGES on a database.
  return isServer(serverVersion(version), 'mariadb', '>=11.3') && givesOn(grants, 'SHOW CREATE ROUTINE', database)
}

const routineRight = ({ version, user }: Rights): Omit<LackingRight, 'hides'> =>
  knowsShowRoutine(version)
    ? { privilege: 'SHOW_ROUTINE', grant: `GRANT SHOW_ROUTINE ON *.* TO ${asAccount(user)}` }
    : { privilege: 'SELECT on mysql.proc', grant: `GRANT SELECT ON mysql.proc TO ${asAccount(user)}` }

/** Since MySQL 8 routines are seen by a right of their own. */
const knowsShowRoutine = (version: string): boolean => isServer(serverVersion(version), 'mysql', '>=8')

const asGranted = (database: string, partialRevokes: boolean): string =>
  quoteName(partialRevokes ? database : database.replace(/[_%]/g, '\\$&'))

/** `backup@%` as `'backup'@'%'`. */
export const asAccount = (user: string): string => {
  const at = user.lastIndexOf('@')
  return [user.slice(0, at), user.slice(at + 1)].map((part) => `'${part.replaceAll("'", "''")}'`).join('@')
}
