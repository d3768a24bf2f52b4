import { UserError } from '../../errors.ts'
import { listed } from '../../listed.ts'
import type { Client } from '../../mysql/client/client.ts'
import { addition, type PlacedForeignKey, removal } from '../../mysql/swap/foreign-keys.ts'
import { foreignKeysInto } from '../../mysql/swap/foreign-keys-into.ts'
import { type StandingWarning, standingAbout } from '../../standing-warnings.ts'
import type { SwapJournal } from '../state/journal.ts'

interface LiveTables {
  readonly name: string
  readonly tables: readonly { readonly name: string }[]
}

/** A key as it is accepted, and as people find it. */
const nameOf = ({ database, table, name }: PlacedForeignKey): string => `${database}.${table}.${name}`

/** What a swap would do to the keys of other databases. */
export const keysInWarnings = (keys: readonly PlacedForeignKey[]): StandingWarning[] =>
  standingAbout(
    'foreign-keys-in',
    keys.map(nameOf),
    (named) =>
      `Foreign keys of other databases point into what is saved: a restore beside the live data would take them along, and is refused: ${listed(named)}`,
  )

/** All statements that remove the keys, and all that create them again, to be pasted. */
export const alters = (keys: readonly PlacedForeignKey[]): { readonly before: string; readonly after: string } => ({
  before: keys.map((key) => `${removal(key)};`).join(' '),
  after: keys.map((key) => `${addition(key)};`).join(' '),
})

/**
 * Throws when a key of another database points to a live table of these, which are about to be swapped: it would follow
 * the table that goes, its own table could not be written to any more, and what it points to could never be dropped.
 * `otherWay` is told last.
 */
export const refuseForeignKeysIn = async (
  client: Client,
  live: readonly LiveTables[],
  otherWay = '',
): Promise<void> => {
  const names = live.map(({ name }) => name)
  const keys = (await foreignKeysInto(client, names)).filter((key) => isThere(key, live))
  if (keys.length === 0) return
  const { before, after } = alters(keys)
  throw new UserError({
    message: `Foreign keys of other databases point into what would be swapped, and would follow it out: ${keys.map(nameOf).join(', ')}`,
    hint: `Nothing was touched. Remove them first: ${before} Create them again afterwards: ${after}${otherWay}`,
  })
}

const isThere = ({ referencedDatabase, referencedTable }: PlacedForeignKey, live: readonly LiveTables[]): boolean =>
  live.some(({ name, tables }) => name === referencedDatabase && tables.some((table) => table.name === referencedTable))

/** What a command that knows it can do instead. */
export const inPlaceLeavesKeys = ' Or give --in-place, which leaves them as they are.'

/** The same of what a swap is about to move out: since it was looked for first, a key may have come. */
export const refuseKeysIntoLive = (client: Client, { databases }: Pick<SwapJournal, 'databases'>): Promise<void> =>
  refuseForeignKeysIn(
    client,
    databases.flatMap(({ name, live }) =>
      live === null ? [] : [{ name, tables: live.tables.map((table) => ({ name: table })) }],
    ),
  )
