import { UserError } from '../../errors.ts'
import { listed } from '../../listed.ts'
import type { Client } from '../../mysql/client/client.ts'
import { type TableElsewhere, tablesElsewhere } from '../../mysql/server/tables-elsewhere.ts'
import type { Manifest } from '../../staging/manifest.ts'
import { type StandingWarning, standingAbout } from '../../standing-warnings.ts'
import type { SwapJournal } from '../state/journal.ts'

const kind = 'data-directories'

const nameOf = ({ database, table }: TableElsewhere): string => `${database}.${table}`

const withPlaces = (tables: readonly TableElsewhere[], named: readonly string[]): string => {
  const told = named.flatMap((name) =>
    tables.filter((one) => nameOf(one) === name).map(({ places }) => `${name} (${places.join(', ')})`),
  )
  return listed(told)
}

/** What a backup and doctor tell of tables whose files lie elsewhere. */
export const elsewhereWarnings = (tables: readonly TableElsewhere[]): StandingWarning[] => [
  ...standingAbout(
    kind,
    tables.filter(({ isDirectory }) => isDirectory).map(nameOf),
    (named) =>
      `Tables with a directory of their own come back only with --in-place, where that directory is: ${withPlaces(tables, named)}`,
  ),
  ...standingAbout(
    'tablespaces',
    tables.filter(({ isDirectory }) => !isDirectory).map(nameOf),
    (named) =>
      `Tables in a tablespace come back only where a tablespace of that name is, which no dump holds: ${withPlaces(tables, named)}`,
  ),
]

/** The same, as a manifest remembers them, of the databases that are named. */
const savedElsewhere = ({ standing }: Pick<Manifest, 'standing'>, databases: readonly string[]): string[] =>
  (standing ?? [])
    .flatMap(({ ids }) => ids)
    .filter((id) => databases.some((name) => id.startsWith(`${kind}:${name}.`)))
    .map((id) => id.slice(kind.length + 1))

/** Throws when what is to be restored holds such tables, as its manifest tells. Older manifests do not. */
export const refuseSavedElsewhere = (
  manifest: Pick<Manifest, 'standing'>,
  databases: readonly string[],
  otherWay = '',
): void => {
  const names = savedElsewhere(manifest, databases)
  if (names.length > 0) throw refused('The snapshot holds', names.join(', '), otherWay)
}

/** Throws when such tables are among those that a swap would move. */
export const refuseElsewhere = async (
  client: Client,
  databases: Parameters<typeof tablesElsewhere>[1],
  otherWay = '',
): Promise<void> => {
  const tables = (await tablesElsewhere(client, databases)).filter(({ isDirectory }) => isDirectory)
  if (tables.length > 0) throw refused('There are', withPlaces(tables, tables.map(nameOf)), otherWay)
}

const refused = (who: string, what: string, otherWay: string): UserError =>
  new UserError({
    message: `${who} tables with a directory of their own, which a server would not find any more after a swap and a restart: ${what}`,
    hint: `Nothing was touched.${otherWay === '' ? ' Only a restore with --in-place brings such tables back.' : otherWay}`,
  })

export const inPlaceMakesDirectories =
  ' Give --in-place, which creates each table where it was; the directories must be there.'

/** The same of what a swap would move, on both sides: the manifest of an older snapshot tells nothing. */
export const refuseSwapElsewhere = (client: Client, { databases }: Pick<SwapJournal, 'databases'>): Promise<void> => {
  const listed = (name: string, tables: readonly string[]) => ({
    name,
    tables: tables.map((table) => ({ name: table, type: '', storageEngine: '' })),
  })
  return refuseElsewhere(
    client,
    databases.flatMap(({ name, live, incoming }) => [
      ...(live === null ? [] : [listed(name, live.tables)]),
      ...(incoming === null ? [] : [listed(incoming.database, incoming.tables)]),
    ]),
  )
}
