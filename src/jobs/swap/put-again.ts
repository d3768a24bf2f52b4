import { join } from 'node:path'
import type { Client } from '../../mysql/client/client.ts'
import { isSame, readObjects, removeObjects, type SavedObject, titleOf } from '../../mysql/objects/objects.ts'
import { putObjects } from '../../mysql/objects/replace.ts'
import { isSameDefinition } from '../../mysql/objects/same-object.ts'
import { quoteName } from '../../mysql/sql/quote.ts'
import { addForeignKeys, addition, dropForeignKeys, type ForeignKey } from '../../mysql/swap/foreign-keys.ts'
import { dropEmptyDatabases, setDefaults } from '../../mysql/swap/swap.ts'
import { writeDurably } from '../../staging/area.ts'
import type { JobContext } from '../context/job-context.ts'
import type { DatabaseRecord, SwapJournal } from '../state/journal.ts'

type Swap = DatabaseRecord
type Live = NonNullable<Swap['live']>

/** What could not be put again: why, and the statements that would do it. */
interface Lost {
  readonly sentence: string
  readonly statements: string
}

/**
 * After a swap was taken back and SeaTable was started: creates again what had made way, and removes what had come with
 * the other data. What fails is a warning, with its text in a private file that the warning names. May be done twice.
 */
export const putAgain = async (
  context: JobContext,
  client: Client,
  { databases, begun }: SwapJournal,
): Promise<void> => {
  const lost: Lost[] = []
  const trying = async (sentence: string, statements: string, work: Promise<unknown>) => {
    await work.catch((error: Error) => lost.push({ sentence: `${sentence}: ${error.message}`, statements }))
  }
  if (begun > 0) {
    for (const swap of databases) {
      if (swap.live === null) continue
      await putDefaults(client, swap, swap.live, trying)
      for (const key of swap.live.foreignKeys) await putForeignKey(client, swap.name, key, trying)
      lost.push(...(await putObjectsOf(client, swap, swap.live)))
    }
    for (const { incoming } of databases) {
      // They lie in the previous data again, and would keep rows of the live tables from being deleted.
      if (incoming !== null) await dropForeignKeys(client, incoming.database, incoming.foreignKeys).catch(() => {})
    }
  }
  const created = databases.filter(({ live }) => live === null).map(({ name }) => name)
  const removal = created.map((name) => `DROP DATABASE ${quoteName(name)};`).join('\n')
  await trying(
    `A database that was not there before is left (${created.join(', ')})`,
    removal,
    dropEmptyDatabases(client, created, 'Removing databases that were not there before'),
  )
  if (lost.length > 0) await tell(context, lost)
}

type Trying = (sentence: string, statements: string, work: Promise<unknown>) => Promise<void>

const putDefaults = (client: Client, swap: Swap, { characterSet, collation }: Live, trying: Trying) =>
  trying(
    `The default character set of ${swap.name} could not be set again`,
    `ALTER DATABASE ${quoteName(swap.name)} CHARACTER SET = ${characterSet} COLLATE = ${collation};`,
    setDefaults(client, [swap], 'live'),
  )

const putForeignKey = (client: Client, database: string, key: ForeignKey, trying: Trying) =>
  trying(
    `The foreign key ${key.name} of ${database}.${key.table} could not be created again`,
    `SET SESSION foreign_key_checks = 0;\n${addition({ ...key, database })};`,
    addForeignKeys(client, database, database, [key]),
  )

const putObjectsOf = async (client: Client, swap: Swap, { objects, collation }: Live): Promise<Lost[]> => {
  const database = swap.name
  try {
    const there = await readObjects(client, database)
    const came = there.filter(
      (one) =>
        !objects.some((object) => isSame(object, one)) &&
        (swap.wanted === undefined || swap.wanted.some((wanted) => isSame(wanted, one))),
    )
    await removeObjects(client, new Map([[database, came]]), 'Removing what had come')
    const triggers = objects.filter(({ kind }) => kind === 'TRIGGER')
    // Those of one table fire in the order in which they were created.
    const again = triggers.every((trigger) => isAmong(there, database, trigger)) ? [] : triggers
    const others = objects.filter((object) => object.kind !== 'TRIGGER' && !isAmong(there, database, object))
    const put = [...others, ...again]
    if (put.length === 0) return []
    const failed = await putObjects(client, database, put, collation)
    const now = await readObjects(client, database)
    return put
      .filter((object) => !isAmong(now, database, object))
      .map((object) => {
        const why = failed.find((one) => isSame(one.object, object))?.why ?? 'it is not as it was'
        return {
          sentence: `${capital(titleOf(database, object))} could not be created again: ${why}`,
          statements: scriptOf(database, object),
        }
      })
  } catch (error) {
    if (objects.length === 0 && (swap.wanted ?? []).length === 0) return []
    const sentence = `The views, triggers, routines and events of ${database} could not be looked at: ${(error as Error).message}`
    return [{ sentence, statements: objects.map((object) => scriptOf(database, object)).join('\n') }]
  }
}

const isAmong = (there: readonly SavedObject[], database: string, object: SavedObject): boolean => {
  const found = there.find((one) => isSame(one, object))
  return found !== undefined && isSameDefinition(database, found, object) && !lacksGrants(found, object)
}

const lacksGrants = (found: SavedObject, { grants = [] }: SavedObject): boolean =>
  grants.some((grant) => !found.grants?.includes(grant))

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** For a client, by hand. */
const scriptOf = (database: string, object: SavedObject): string =>
  [
    `USE ${quoteName(database)};`,
    ...(object.sqlMode === null ? [] : [`SET sql_mode = '${object.sqlMode}';`]),
    ...(object.timeZone === null ? [] : [`SET time_zone = '${object.timeZone}';`]),
    'DELIMITER ;;',
    `${object.create};;`,
    'DELIMITER ;',
    ...(object.grants ?? []).map((grant) => `${grant};`),
  ].join('\n')

/** The text may hold what nobody else may read. */
const tell = async ({ config, report, now }: JobContext, lost: readonly Lost[]): Promise<void> => {
  const path = join(config.stateDir, `not-created-again-${now().toISOString().replace(/[:.]/g, '-')}.sql`)
  const text = lost
    .map(({ sentence, statements }) => `-- ${sentence.replaceAll('\n', ' ')}\n${statements}\n`)
    .join('\n')
  const kept = await writeDurably(path, text).then(
    () => `its text is in ${path}`,
    (error: Error) => `its text could not be kept: ${error.message}`,
  )
  for (const { sentence } of lost) report({ type: 'warning', message: `${sentence}; ${kept}` })
}
