/** What a dump needs on every database that is saved. */
const forDump = ['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT']

/** What a restore needs on all databases: it makes some of its own, and a user that loads them. */
const forRestore = [
  ...forDump,
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

interface Grant {
  readonly privileges: ReadonlySet<string>
  /** Null: every database. */
  readonly database: RegExp | null
}

/** The privileges that this user lacks, by the GRANT statements that `SHOW GRANTS` prints. */
export const missingPrivileges = (
  grants: readonly string[],
  databases: readonly string[],
): { readonly dump: string[]; readonly restore: string[] } => {
  const parsed = grants.flatMap(parseGrant)
  const has = (privilege: string, database: string | null) =>
    parsed.some(
      (grant) =>
        (grant.database === null || (database !== null && grant.database.test(database))) &&
        (grant.privileges.has('ALL PRIVILEGES') && privilege !== 'GRANT OPTION'
          ? true
          : grant.privileges.has(privilege)),
    )
  return {
    dump: forDump.filter((privilege) => databases.some((database) => !has(privilege, database))),
    restore: forRestore.filter((privilege) => !has(privilege, null)),
  }
}

/** Only grants on whole databases: one on a table or a routine is not enough for any of this. */
const parseGrant = (text: string): Grant[] => {
  const match = /^GRANT (.+?) ON (\*|`(?:[^`]|``)+`)\.\* TO (.*)$/s.exec(text)
  if (match === null) return []
  const [, privileges = '', database = '', rest = ''] = match
  return [
    {
      privileges: new Set([
        ...privileges.split(',').map((one) => one.trim().toUpperCase()),
        ...(/WITH GRANT OPTION/.test(rest) ? ['GRANT OPTION'] : []),
      ]),
      database: database === '*' ? null : patternOf(database.slice(1, -1).replaceAll('``', '`')),
    },
  ]
}

/** In a grant `_` and `%` stand for others, unless a backslash is before them. */
const patternOf = (name: string): RegExp => {
  const parts = name.match(/\\[_%]|./gs) ?? []
  const source = parts.map((part) => {
    if (part === '_') return '.'
    if (part === '%') return '.*'
    return part.replace(/^\\([_%])$/, '$1').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  })
  return new RegExp(`^${source.join('')}$`, 'i')
}
