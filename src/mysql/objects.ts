import { type Client, quoteName, quoteText } from './client.ts'
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

/**
 * Creates the objects again in `database`, under the settings they were created with. Views may refer to each other in
 * any order. Returns, as sentences, what no server would create any more: what uses a table or a column that is gone.
 */
export const createSavedObjects = async (
  client: Client,
  database: string,
  objects: readonly SavedObject[],
): Promise<string[]> => {
  const task = `Creating the views, triggers, routines and events of ${database}`
  const isView = ({ kind }: SavedObject) => kind === 'VIEW'
  const isEvent = ({ kind }: SavedObject) => kind === 'EVENT'
  const rest = objects.filter((object) => !isView(object) && !isEvent(object))
  return [
    ...(await createAllOrEach(client, database, rest, task)),
    ...(await createViews(client, database, objects.filter(isView), task)),
    ...(await createAllOrEach(client, database, objects.filter(isEvent), task)),
  ]
}

/** All at once; where one of them cannot be created, each by itself. */
const createAllOrEach = async (
  client: Client,
  database: string,
  objects: readonly SavedObject[],
  task: string,
): Promise<string[]> => {
  if (objects.length === 0) return []
  try {
    await client.query(scriptOf(database, objects), { task })
    return []
  } catch (error) {
    if (!(error instanceof UsesWhatIsGone)) throw error
  }
  const leftOut: string[] = []
  await client.query(objects.map((object) => dropSql(database, object)).join(';\n'), { task })
  for (const object of objects) {
    await orLeftOut(client.query(scriptOf(database, [object]), { task }), database, object, leftOut)
  }
  return leftOut
}

/** Notes down what cannot be created because of what is gone; throws what fails for another reason. */
export const orLeftOut = async (
  creation: Promise<unknown>,
  database: string,
  { kind, name }: Pick<SavedObject, 'kind' | 'name'>,
  leftOut: string[],
): Promise<void> => {
  try {
    await creation
  } catch (error) {
    if (!(error instanceof UsesWhatIsGone)) throw error
    leftOut.push(isLeftOut(database, { kind, name }, error.message.replace(/^.*?: /, '')))
  }
}

const isLeftOut = (database: string, { kind, name }: Pick<SavedObject, 'kind' | 'name'>, why: string): string =>
  `${database}: the ${kind.toLowerCase()} ${name} uses what is gone, and is left out: ${why}`

/** Rounds of whatever can be created, until a round adds nothing: returns the rest. */
const createViews = async (
  client: Client,
  database: string,
  views: readonly SavedObject[],
  task: string,
): Promise<string[]> => {
  let missing = views
  while (missing.length > 0) {
    await client.query(scriptOf(database, missing), { task, force: true })
    const rows = await client.query(
      `SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ${quoteText(database)}`,
      { task },
    )
    const there = new Set(rows.map(([name]) => name))
    const still = missing.filter(({ name }) => !there.has(name))
    if (still.length === missing.length) break
    missing = still
  }
  return missing.map((view) => isLeftOut(database, view, 'a table, a column or another view'))
}

const scriptOf = (database: string, objects: readonly SavedObject[]): string =>
  [
    `USE ${quoteName(database)};`,
    'SET @old_sql_mode = @@sql_mode, @old_time_zone = @@time_zone;',
    ...objects.map(createOne),
    'SET sql_mode = @old_sql_mode, time_zone = @old_time_zone, NAMES utf8mb4;',
    '',
  ].join('\n')

const createOne = ({ create, sqlMode, characterSet, collation, timeZone }: SavedObject): string => {
  const delimiter = freeDelimiter(create)
  return [
    ...(sqlMode === null ? [] : [`SET sql_mode = ${quoteText(sqlMode)};`]),
    ...(timeZone === null ? [] : [`SET time_zone = ${quoteText(timeZone)};`]),
    // Text beyond ASCII reaches the server as it was read, in utf8mb4; its own character set would misread it.
    `SET character_set_client = ${isAscii(create) ? characterSet : 'utf8mb4'}, collation_connection = ${collation};`,
    `DELIMITER ${delimiter}`,
    create,
    delimiter,
    'DELIMITER ;',
  ].join('\n')
}

/** A delimiter that the statement does not contain. */
const freeDelimiter = (statement: string): string => {
  let delimiter = '//'
  while (statement.includes(delimiter)) delimiter += '/'
  return delimiter
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)
