import { type Client, quoteName, quoteText } from './client.ts'
import { type Envelope, envelopeFor } from './envelope.ts'
import { UsesWhatIsGone } from './failures.ts'
import type { ListedDatabase } from './inventory.ts'

/** A view, trigger, routine or event as the server can create it again. */
export interface SavedObject {
  readonly kind: 'VIEW' | 'TRIGGER' | 'PROCEDURE' | 'FUNCTION' | 'EVENT'
  readonly name: string
  readonly create: string
  /** Settings of the session that created it; null where the server keeps none. */
  readonly sqlMode: string | null
  readonly characterSet: string
  readonly collation: string
  readonly timeZone: string | null
}

/** Which column of `SHOW CREATE …` holds what (MariaDB and MySQL agree). */
const columns = {
  VIEW: { create: 1, characterSet: 2, collation: 3, sqlMode: null, timeZone: null },
  TRIGGER: { create: 2, characterSet: 3, collation: 4, sqlMode: 1, timeZone: null },
  PROCEDURE: { create: 2, characterSet: 3, collation: 4, sqlMode: 1, timeZone: null },
  FUNCTION: { create: 2, characterSet: 3, collation: 4, sqlMode: 1, timeZone: null },
  EVENT: { create: 3, characterSet: 4, collation: 5, sqlMode: 1, timeZone: 2 },
} as const

/** Reads the definitions of everything in a database that a RENAME TABLE cannot carry. */
export const readObjects = async (client: Client, database: ListedDatabase): Promise<SavedObject[]> => {
  const listed = listObjects(database)
  if (listed.length === 0) return []
  const rows = await client.query(
    [
      `USE ${quoteName(database.name)}`,
      ...listed.map(({ kind, name }) => `SHOW CREATE ${kind} ${quoteName(name)}`),
    ].join(';\n'),
    { task: `Reading the views, triggers, routines and events of ${database.name}` },
  )
  return listed.map(({ kind, name }, index) => {
    const row = rows[index] ?? []
    const at = columns[kind]
    return {
      kind,
      name,
      create: row[at.create] ?? '',
      characterSet: row[at.characterSet] ?? 'utf8mb4',
      collation: row[at.collation] ?? 'utf8mb4_general_ci',
      sqlMode: at.sqlMode === null ? null : (row[at.sqlMode] ?? ''),
      timeZone: at.timeZone === null ? null : (row[at.timeZone] ?? 'SYSTEM'),
    }
  })
}

const listObjects = ({ views, triggers, routines, events }: ListedDatabase): Pick<SavedObject, 'kind' | 'name'>[] => [
  ...routines.map((routine) => {
    const [kind = '', ...name] = routine.split(' ')
    return { kind: kind as 'PROCEDURE' | 'FUNCTION', name: name.join(' ') }
  }),
  ...triggers.map((name) => ({ kind: 'TRIGGER' as const, name })),
  ...views.map((name) => ({ kind: 'VIEW' as const, name })),
  ...events.map((name) => ({ kind: 'EVENT' as const, name })),
]

/** Statements that remove all such objects of a database: a table with a trigger cannot change its database. */
export const dropObjectsSql = (database: ListedDatabase): string[] =>
  listObjects(database).map((object) => dropSql(database.name, object))

const dropSql = (database: string, { kind, name }: Pick<SavedObject, 'kind' | 'name'>): string =>
  `DROP ${kind} IF EXISTS ${quoteName(database)}.${quoteName(name)}`

/** What could not be created yet: it uses what is gone, or what another database will hold. */
export interface Missing {
  readonly database: string
  readonly object: Pick<SavedObject, 'kind' | 'name'>
  readonly create: () => Promise<unknown>
  /** The server’s own words. */
  readonly why: string
}

/** Creates it, or says what is missing; throws what fails for another reason. */
export const createOrMiss = async ({
  database,
  object,
  create,
}: Pick<Missing, 'database' | 'object' | 'create'>): Promise<Missing[]> => {
  try {
    await create()
    return []
  } catch (error) {
    if (!(error instanceof UsesWhatIsGone)) throw error
    return [{ database, object, create, why: error.said }]
  }
}

/**
 * Tries again, in rounds, what may have waited for a view of another database. Returns, as sentences, what no server would
 * create any more: what uses a table, a column or a view that is gone.
 */
export const createMissing = async (missing: readonly Missing[]): Promise<string[]> => {
  let left = missing
  while (left.length > 0) {
    const still: Missing[] = []
    for (const one of left) still.push(...(await createOrMiss(one)))
    if (still.length === left.length) break
    left = still
  }
  return left.map(
    ({ database, object: { kind, name }, why }) =>
      `${database}: the ${kind.toLowerCase()} ${name} uses what is gone, and is left out: ${why}`,
  )
}

/**
 * Creates the objects again in `database`, under the settings they were created with, and events last. Views may refer to
 * each other in any order.
 */
export const createSavedObjects = async (
  client: Client,
  database: string,
  objects: readonly SavedObject[],
): Promise<Missing[]> => {
  if (objects.length === 0) return []
  const task = `Creating the views, triggers, routines and events of ${database}`
  const envelope = await envelopeFor(client)
  const create = (these: readonly SavedObject[]) => client.query(scriptOf(database, these, envelope), { task })
  const ordered = objects.toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))
  try {
    await create(ordered)
    return []
  } catch (error) {
    if (!(error instanceof UsesWhatIsGone)) throw error
  }
  await client.query(ordered.map((object) => dropSql(database, object)).join(';\n'), { task })
  const missing: Missing[] = []
  for (const object of ordered) {
    missing.push(...(await createOrMiss({ database, object, create: () => create([object]) })))
  }
  return missing
}

const order: readonly SavedObject['kind'][] = ['PROCEDURE', 'FUNCTION', 'TRIGGER', 'VIEW', 'EVENT']

const scriptOf = (database: string, objects: readonly SavedObject[], envelope: Envelope): Buffer =>
  Buffer.concat([
    Buffer.from(`USE ${quoteName(database)};\nSET @old_sql_mode = @@sql_mode, @old_time_zone = @@time_zone;\n`),
    ...objects.flatMap((object) => [Buffer.from(settingsOf(object)), envelope(Buffer.from(object.create))]),
    Buffer.from('SET sql_mode = @old_sql_mode, time_zone = @old_time_zone, NAMES utf8mb4;\n'),
  ])

const settingsOf = ({ create, sqlMode, characterSet, collation, timeZone }: SavedObject): string =>
  [
    ...(sqlMode === null ? [] : [`SET sql_mode = ${quoteText(sqlMode)};`]),
    ...(timeZone === null ? [] : [`SET time_zone = ${quoteText(timeZone)};`]),
    // Text beyond ASCII reaches the server as it was read, in utf8mb4; its own character set would misread it.
    `SET character_set_client = ${isAscii(create) ? characterSet : 'utf8mb4'}, collation_connection = ${collation};`,
    '',
  ].join('\n')

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)
