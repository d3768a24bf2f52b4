import { coerce, compare, type SemVer, satisfies } from 'semver'

/** MariaDB and MySQL with what is made from it (Percona, Aurora, …). The same number means another server in each. */
export interface ServerVersion {
  readonly kind: ServerKind
  readonly number: SemVer
}

export type ServerKind = 'mariadb' | 'mysql'

/** Of what a server or a program says of its version. */
export const kindOf = (text: string): ServerKind => (/mariadb/i.test(text) ? 'mariadb' : 'mysql')

/**
 * Reads what `SELECT VERSION()` says: `10.11.6-MariaDB-log`, `5.5.5-10.4.12-MariaDB`, `8.0.36-28`, `8.0.mysql_aurora.3.05.2`.
 * Null when it begins with no number. The `5.5.5-` is what MariaDB says for old replicas of MySQL, and some proxies keep it.
 */
export const serverVersion = (text: string): ServerVersion | null => {
  const kind = kindOf(text)
  const written = kind === 'mariadb' ? text.replace(/^5\.5\.5-(?=\d)/, '') : text
  return ofKind(kind, /^\s*(\d+\.\d.*)/.exec(written)?.[1])
}

/** The version line of a dump program, by the server that it belongs to; null when it says none. */
export const programVersion = (line: string): ServerVersion | null =>
  // `Ver 10.19 Distrib 10.11.6-MariaDB`: the first is the program's own, and means nothing.
  ofKind(kindOf(line), (/(?:from|Distrib) (\d+\.\d\S*)/.exec(line) ?? /\bVer (\d+\.\d\S*)/.exec(line))?.[1])

/** What follows the three numbers is left out: to semver it would be a version before the release. */
const ofKind = (kind: ServerKind, text: string | undefined): ServerVersion | null => {
  const number = coerce(text)
  return number === null ? null : { kind, number }
}

/** Less than zero when `one` is older. Only within a kind is there an older and a newer: throws for two kinds. */
export const compareVersions = (one: ServerVersion, other: ServerVersion): number => {
  if (one.kind !== other.kind) throw new RangeError('versions of MariaDB and of MySQL cannot be compared')
  return compare(one.number, other.number)
}

/** True when `server` is of `kind` and in `range`, which is written as npm does: `>=10.6.2`, `~10.5.25 || >=11.4`. */
export const isServer = (server: ServerVersion | null, kind: ServerKind, range: string): boolean =>
  server?.kind === kind && satisfies(server.number, range)

/** `MariaDB` or `MySQL`, for people. */
export const nameOfKind = (kind: ServerKind): string => (kind === 'mariadb' ? 'MariaDB' : 'MySQL')

/** True within a release, such as MariaDB 10.11: only fixes are between them. */
export const isSameRelease = (one: ServerVersion, other: ServerVersion): boolean =>
  one.kind === other.kind && one.number.major === other.number.major && one.number.minor === other.number.minor

/** How the server of today stands to the one that was saved; `unknown` when one of them tells no version. */
export type Relation = 'same' | 'older' | 'newer' | 'other kind' | 'unknown'

export const relationOf = (saved: string, today: string): Relation => {
  const [then, now] = [serverVersion(saved), serverVersion(today)]
  if (then === null || now === null) return saved === today ? 'same' : 'unknown'
  if (then.kind !== now.kind) return 'other kind'
  const order = compareVersions(now, then)
  if (order === 0) return 'same'
  return order < 0 ? 'older' : 'newer'
}
