/** MariaDB and MySQL with what is made from it (Percona, Aurora, …). The same number means another server in each. */
export interface ServerVersion {
  readonly kind: 'mariadb' | 'mysql'
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/**
 * Reads what `SELECT VERSION()` says: `10.11.6-MariaDB-log`, `5.5.5-10.4.12-MariaDB`, `8.0.36-28`, `8.0.mysql_aurora.3.05.2`.
 * Null when it begins with no number. The `5.5.5-` is what MariaDB says for old replicas of MySQL, and some proxies keep it.
 */
export const serverVersion = (text: string): ServerVersion | null => {
  const kind = /mariadb/i.test(text) ? 'mariadb' : 'mysql'
  const written = kind === 'mariadb' ? text.replace(/^5\.5\.5-(?=\d)/, '') : text
  const [, major, minor, patch = '0'] = /^\s*(\d+)\.(\d+)(?:\.(\d+))?/.exec(written) ?? []
  if (major === undefined) return null
  return { kind, major: Number(major), minor: Number(minor), patch: Number(patch) }
}

/** The version line of a dump program, by the server that it belongs to; null when it says none. */
export const programVersion = (line: string): ServerVersion | null => {
  const kind = /mariadb/i.test(line) ? 'mariadb' : 'mysql'
  // `Ver 10.19 Distrib 10.11.6-MariaDB`: the first is the program's own, and means nothing.
  const [, major, minor, patch = '0'] =
    /(?:from|Distrib) (\d+)\.(\d+)(?:\.(\d+))?/.exec(line) ?? /\bVer (\d+)\.(\d+)(?:\.(\d+))?/.exec(line) ?? []
  if (major === undefined) return null
  return { kind, major: Number(major), minor: Number(minor), patch: Number(patch) }
}

/** Less than zero when `one` is older. Only within a kind is there an older and a newer: throws for two kinds. */
export const compareVersions = (one: ServerVersion, other: ServerVersion): number => {
  if (one.kind !== other.kind) throw new RangeError('versions of MariaDB and of MySQL cannot be compared')
  return one.major - other.major || one.minor - other.minor || one.patch - other.patch
}

/** True when `server` is of `kind` and at least of this version. */
export const isAtLeast = (
  server: ServerVersion | null,
  kind: ServerVersion['kind'],
  major: number,
  minor = 0,
  patch = 0,
): boolean => server?.kind === kind && compareVersions(server, { kind, major, minor, patch }) >= 0

/** `MariaDB` or `MySQL`, for people. */
export const nameOfKind = (kind: ServerVersion['kind']): string => (kind === 'mariadb' ? 'MariaDB' : 'MySQL')

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
