/** A line of `SHOW GRANTS`: what it gives, or, on MySQL with partial revokes, takes away again of what is given on all. */
export interface Grant {
  readonly takes: boolean
  readonly privileges: ReadonlySet<string>
  /** Null: every database. */
  readonly database: RegExp | null
  /** Null: every table. */
  readonly table: string | null
}

/**
 * What the lines of `SHOW GRANTS` give on databases and tables. Lines on routines, on single columns, of proxies and of roles
 * that are granted give nothing here: what an active role gives stands in lines of its own.
 */
export const parseGrants = (lines: readonly string[], partialRevokes = false): Grant[] =>
  lines.flatMap((line) => parseGrant(line, partialRevokes))

const parseGrant = (line: string, partialRevokes: boolean): Grant[] => {
  const match = /^(GRANT|REVOKE) (.+?) ON (\*|`(?:[^`]|``)+`)\.(\*|`(?:[^`]|``)+`) (?:TO|FROM) (.*)$/s.exec(line)
  if (match === null) return []
  const [, verb, privileges = '', database = '', table = '', rest = ''] = match
  return [
    {
      takes: verb === 'REVOKE',
      privileges: new Set([
        // A privilege on columns is none on the table.
        ...privileges
          .replace(/\w[\w ]* \([^)]*\)/g, '')
          .split(',')
          .map((one) => one.trim().toUpperCase())
          .filter((one) => one !== ''),
        ...(/WITH GRANT OPTION/.test(rest) ? ['GRANT OPTION'] : []),
      ]),
      database: database === '*' ? null : patternOf(unquoted(database), partialRevokes),
      table: table === '*' ? null : unquoted(table),
    },
  ]
}

const unquoted = (name: string): string => name.slice(1, -1).replaceAll('``', '`')

/** In a grant `_` and `%` stand for others, unless a backslash is before them; with partial revokes they are themselves. */
const patternOf = (name: string, partialRevokes: boolean): RegExp => {
  const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  if (partialRevokes) return new RegExp(`^${escaped(name)}$`, 'i')
  const parts = name.match(/\\[_%]|./gs) ?? []
  const source = parts.map((part) => {
    if (part === '_') return '.'
    if (part === '%') return '.*'
    return escaped(part.replace(/^\\([_%])$/, '$1'))
  })
  return new RegExp(`^${source.join('')}$`, 'i')
}

/** Whether these give a privilege on a whole database, or, for null, on all of them. */
export const givesOn = (grants: readonly Grant[], privilege: string, database: string | null): boolean => {
  const names = ({ privileges }: Grant) =>
    privileges.has(privilege) ||
    ((privileges.has('ALL PRIVILEGES') || privileges.has('ALL')) && privilege !== 'GRANT OPTION')
  const covers = (grant: Grant) => grant.table === null && (grant.database === null || matches(grant, database))
  const matches = (grant: Grant, name: string | null) => name !== null && (grant.database?.test(name) ?? false)
  const given = grants.filter((grant) => !grant.takes && covers(grant) && names(grant))
  // What is taken away on a database is taken of what is given on all.
  const taken = grants.some((grant) => grant.takes && matches(grant, database) && names(grant))
  return given.some((grant) => grant.database !== null || !taken)
}

/** Whether these give a privilege on one table of the server's own. */
export const givesOnTable = (grants: readonly Grant[], privilege: string, database: string, table: string): boolean =>
  givesOn(grants, privilege, database) ||
  grants.some(
    (grant) =>
      !grant.takes &&
      grant.table === table &&
      (grant.database?.test(database) ?? false) &&
      (grant.privileges.has(privilege) || grant.privileges.has('ALL PRIVILEGES')),
  )
