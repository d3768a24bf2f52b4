import type { DumpedTable } from '../../mysql/dump/writer.ts'
import { compareStructures } from '../../mysql/proof/compare-structures.ts'
import { structureOf } from '../../mysql/proof/table-structure.ts'
import { withoutDirectories } from '../../mysql/server/tables-elsewhere.ts'
import { nameInQuotes } from '../../mysql/sql/quote.ts'
import { relationOf, serverVersion } from '../../mysql/sql/server-version.ts'
import type { FetchedDump } from '../snapshots/fetch-dumps.ts'
import { withKind } from '../snapshots/server-kind.ts'

/** The server that was saved and the one of the drill, as each tells its version. */
export interface Servers {
  readonly saved: string
  readonly now: string
}

/** As sentences: what was not restored as it was saved, and what another version of the server only words differently. */
export interface Compared {
  readonly differences: readonly string[]
  readonly notes: readonly string[]
}

/**
 * Compares what was loaded and dumped again with what was saved. Rows must be the same everywhere. On the same version of
 * the server definitions must be, word for word but for the one that MySQL adds itself; between versions what they say
 * must be, in whatever words.
 */
export const compareDrilled = (
  saved: Pick<FetchedDump, 'name' | 'tables' | 'outline'>,
  found: readonly DumpedTable[],
  servers: Servers,
): Compared => {
  const definitions = definitionsIn(saved.outline.statements)
  const reworded: string[] = []
  const timedAnew: string[] = []
  const between = isOtherVersion(servers) ? ` (saved by ${withKind(servers.saved)}, now ${withKind(servers.now)})` : ''
  const differences = saved.tables.flatMap((table) => {
    const name = `${saved.name}.${table.name}`
    const other = found.find((one) => one.name === table.name)
    if (!other) return [`${name} is missing`]
    if (other.rows !== table.rows) return [`${name} has ${other.rows} rows instead of ${table.rows}`]
    if (other.sha256 !== table.sha256) {
      if (!hasTimesOfServer(definitions.get(table.name) ?? '')) return [`rows of ${name} differ${between}`]
      timedAnew.push(table.name)
    }
    if (other.definition === table.definition) return []
    // A copy has no directory of its own where the table itself may have one.
    const [before, after] = [definitions.get(table.name) ?? '', other.create].map(withoutDirectories) as [
      string,
      string,
    ]
    if (before === after || isOnlyReworded(before, after, servers)) return []
    const changes = changesOf(before, after, servers)
    if (isOtherVersion(servers) && changes?.length === 0) {
      reworded.push(table.name)
      return []
    }
    const details = changes === null || changes.length === 0 ? '' : `: ${changes.slice(0, 3).join('; ')}`
    return [`the definition of ${name} differs${between}${details}`]
  })
  const tooMany = found
    .filter(({ name }) => !saved.tables.some((table) => table.name === name))
    .map(({ name }) => `${saved.name}.${name} is too many`)
  return {
    differences: [...differences, ...tooMany],
    notes: [
      ...(reworded.length === 0 ? [] : [noteOf(saved.name, reworded, servers)]),
      ...(timedAnew.length === 0 ? [] : [noteOfTimes(saved.name, timedAnew)]),
    ],
  }
}

const isOtherVersion = ({ saved, now }: Servers): boolean => /^(?:older|newer|other kind)$/.test(relationOf(saved, now))

/** A column of a system-versioned table that a dump shows, and that the server fills by itself whatever it is given. */
const hasTimesOfServer = (create: string): boolean =>
  /\bGENERATED ALWAYS AS ROW START\b/i.test(create.replace(/'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`/gs, ''))

const noteOfTimes = (database: string, tables: readonly string[]): string =>
  `${database}: rows of ${someOf(tables)} begin to be valid when they are loaded (ROW START), so only their number was compared`

const noteOf = (database: string, tables: readonly string[], { saved, now }: Servers): string =>
  `${database}: ${withKind(now)} shows ${someOf(tables)} in other words than ${withKind(saved)}, and means the same`

const someOf = (tables: readonly string[]): string =>
  `${tables.slice(0, 3).join(', ')}${tables.length > 3 ? ` and ${tables.length - 3} more` : ''}`

/**
 * MySQL names the character set of a column beside its collation when it was made from what SHOW CREATE TABLE says, and
 * not when it got the collation of its table.
 */
const isOnlyReworded = (saved: string, found: string, { now }: Servers): boolean =>
  serverVersion(now)?.kind === 'mysql' && withoutCharacterSets(saved) === withoutCharacterSets(found)

const withoutCharacterSets = (create: string): string =>
  create.replace(
    /'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`| CHARACTER SET (\w+) COLLATE (?=\1_)/gs,
    (text, characterSet?: string) => (characterSet === undefined ? text : ' COLLATE '),
  )

/** Null when one of them cannot be read. */
const changesOf = (saved: string, found: string, servers: Servers): string[] | null => {
  const [then, now] = [serverVersion(servers.saved), serverVersion(servers.now)]
  if (then === null || now === null) return null
  const [one, other] = [structureOf(saved, then), structureOf(found, now)]
  return one === null || other === null ? null : compareStructures(one, other)
}

/** CREATE TABLE of each table of a dump, by its name. */
const definitionsIn = (statements: readonly string[]): Map<string, string> => {
  const found = new Map<string, string>()
  for (const text of statements) {
    const name = /^CREATE TABLE `((?:[^`]|``)+)`/.exec(text)?.[1]
    if (name !== undefined) found.set(nameInQuotes(name), text)
  }
  return found
}
