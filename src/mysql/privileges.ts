import type { Rights } from './dump-rights.ts'
import { givesOn, parseGrants } from './grants.ts'

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

/** The privileges on all databases that a restore lacks. */
export const missingForRestore = ({ grants: lines, partialRevokes }: Rights): string[] => {
  if (lines.length === 0) return []
  const grants = parseGrants(lines, partialRevokes)
  return forRestore.filter((privilege) => !givesOn(grants, privilege, null))
}
