import { UserError } from '../../errors.ts'
import { givesOn, parseGrants } from './grants.ts'
import { asAccount, hasIdleRole, type Rights } from './rights.ts'

/** What a restore needs on all databases: it makes some of its own, and a user that loads them. */
const forRestore = [
  'SELECT',
  'SHOW VIEW',
  'TRIGGER',
  'EVENT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'ALTER',
  'INDEX',
  'REFERENCES',
  'LOCK TABLES',
  'CREATE VIEW',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
  'CREATE USER',
  'GRANT OPTION',
]

/** Rights on nothing less than the server. */
const onServer: readonly string[] = ['CREATE USER']

/** The privileges that a restore lacks in one of these places; null is the whole server. */
const missingIn = ({ grants: lines, partialRevokes }: Rights, places: readonly (string | null)[]): string[] => {
  if (lines.length === 0) return []
  const grants = parseGrants(lines, partialRevokes)
  return forRestore.filter((privilege) =>
    (onServer.includes(privilege) ? [null] : places).some((place) => !givesOn(grants, privilege, place)),
  )
}

/** The privileges on all databases that a restore lacks. */
export const missingForRestore = (rights: Rights): string[] => missingIn(rights, [null])

/**
 * The same for a restore that is about to begin: what is given on each of these databases will do. Throws a `UserError` with
 * the GRANT to run.
 */
export const refuseLackingRights = (rights: Rights, databases: readonly string[]): void => {
  const missing = missingIn(rights, databases)
  if (missing.length === 0) return
  const idle = hasIdleRole(rights) ? ' A role that is granted to it is not active: SET DEFAULT ROLE.' : ''
  throw new UserError({
    message: `${rights.user} may not restore: it lacks ${missing.join(', ')}`,
    hint: `Nothing was touched. Use root, or: ${grantOf(missing, rights.user)}.${idle}`,
  })
}

/** GRANT OPTION is given with the others, and never alone in MySQL’s words. */
const grantOf = (missing: readonly string[], user: string): string => {
  const named = missing.filter((privilege) => privilege !== 'GRANT OPTION')
  const option = named.length < missing.length ? ' WITH GRANT OPTION' : ''
  return `GRANT ${named.length === 0 ? 'USAGE' : named.join(', ')} ON *.* TO ${asAccount(user)}${option}`
}
