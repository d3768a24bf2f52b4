import { UserError } from '../../errors.ts'
import type { Client, Question } from '../client/client.ts'
import { namingHolders } from '../client/lock-holders.ts'
import type { ObjectKind } from '../sql/object-head.ts'
import { quoteName, quoteText } from '../sql/quote.ts'
import { grantsOnRoutines } from './routine-grants.ts'

/** What a server keeps beside tables, by kind and name. */
export interface NamedObject {
  readonly kind: ObjectKind
  readonly name: string
}

/** A view, trigger, routine or event as the server can create it again. */
export interface SavedObject extends NamedObject {
  readonly create: string
  /** Settings of the session that created it; null where the server keeps none. */
  readonly sqlMode: string | null
  readonly characterSet: string
  readonly collation: string
  readonly timeZone: string | null
  /** The default collation of its database when it was created: what a parameter without a character set has. */
  readonly databaseCollation?: string | null | undefined
  /** The GRANT statements on it, which a server forgets when it drops a routine. */
  readonly grants?: readonly string[] | undefined
}

/** One may use what stands before it. */
export const kindsInOrder: readonly ObjectKind[] = [
  'PROCEDURE',
  'FUNCTION',
  'PACKAGE',
  'PACKAGE BODY',
  'TRIGGER',
  'VIEW',
  'EVENT',
]

export const isSame = (one: NamedObject, other: NamedObject): boolean =>
  one.kind === other.kind && one.name === other.name

/** For people. */
export const titleOf = (database: string, { kind, name }: NamedObject): string =>
  `the ${kind.toLowerCase()} ${database}.${name}`

/** Which column of `SHOW CREATE …` holds what (MariaDB and MySQL agree). */
const ofRoutine = {
  create: 2,
  characterSet: 3,
  collation: 4,
  sqlMode: 1,
  timeZone: null,
  databaseCollation: 5,
} as const
const columns = {
  VIEW: { create: 1, characterSet: 2, collation: 3, sqlMode: null, timeZone: null, databaseCollation: null },
  TRIGGER: ofRoutine,
  PROCEDURE: ofRoutine,
  FUNCTION: ofRoutine,
  PACKAGE: ofRoutine,
  'PACKAGE BODY': ofRoutine,
  EVENT: { create: 3, characterSet: 4, collation: 5, sqlMode: 1, timeZone: 2, databaseCollation: 6 },
} as const

/** What each of these databases holds beside tables, in an order in which it can be created; triggers as they fire. */
export const listObjects = async (
  client: Client,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly NamedObject[]>> => {
  if (names.length === 0) return new Map()
  const these = names.map(quoteText).join(',')
  const rows = await client.ask(
    [
      `SELECT ROUTINE_SCHEMA, ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN (${these}) AND ROUTINE_TYPE IN ('PROCEDURE', 'FUNCTION', 'PACKAGE', 'PACKAGE BODY') ORDER BY ROUTINE_NAME`,
      `SELECT TRIGGER_SCHEMA, 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA IN (${these}) ORDER BY EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER`,
      `SELECT TABLE_SCHEMA, 'VIEW', TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA IN (${these}) ORDER BY TABLE_NAME`,
      `SELECT EVENT_SCHEMA, 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA IN (${these}) ORDER BY EVENT_NAME`,
    ],
    { task: 'Listing views, triggers, routines and events', ...(signal ? { signal } : {}) },
  )
  const objects = rows.map(([database = '', kind = '', name = '']) => ({ database, kind: kind as ObjectKind, name }))
  const inOrder = objects.toSorted((one, other) => kindsInOrder.indexOf(one.kind) - kindsInOrder.indexOf(other.kind))
  return new Map(
    names.map((name) => [
      name,
      inOrder.filter(({ database }) => database === name).map((object) => ({ kind: object.kind, name: object.name })),
    ]),
  )
}

/** Reads the definitions of everything in a database that a RENAME TABLE cannot carry, and the grants on it. */
export const readObjects = async (client: Client, database: string, signal?: AbortSignal): Promise<SavedObject[]> => {
  const listed = (await listObjects(client, [database], signal)).get(database) ?? []
  if (listed.length === 0) return []
  // Names of its own stand without it in what is shown.
  const rows = await client.ask(
    listed.map(({ kind, name }): Question => `SHOW CREATE ${kind} ${quoteName(name)}`),
    {
      task: `Reading the views, triggers, routines and events of ${database}`,
      database,
      ...(signal ? { signal } : {}),
    },
  )
  const grants = await grantsOnRoutines(client, database)
  return listed.map((object, index) => {
    const row = rows[index] ?? []
    const at = columns[object.kind]
    const create = row[at.create] ?? ''
    // A user who may not see the text of a routine gets NULL for it.
    if (!/\bCREATE\b/i.test(create)) throw unreadable(database, object)
    return {
      ...object,
      create,
      characterSet: row[at.characterSet] ?? 'utf8mb4',
      collation: row[at.collation] ?? 'utf8mb4_general_ci',
      sqlMode: at.sqlMode === null ? null : (row[at.sqlMode] ?? ''),
      timeZone: at.timeZone === null ? null : (row[at.timeZone] ?? 'SYSTEM'),
      databaseCollation: at.databaseCollation === null ? null : (row[at.databaseCollation] ?? null),
      // The names of routines are the same in upper and lower case, and not everywhere kept as they were written.
      grants: grants
        .filter(({ kind, name }) => kind === object.kind && name.toLowerCase() === object.name.toLowerCase())
        .map(({ statement }) => statement),
    }
  })
}

const unreadable = (database: string, object: NamedObject): UserError =>
  new UserError({
    message: `The text of ${titleOf(database, object)} cannot be read by this user, so that it could not be created again`,
    hint: 'Use root, or grant the user what SHOW CREATE needs.',
  })

export const removalOf = (database: string, { kind, name }: NamedObject): string =>
  `DROP ${kind} IF EXISTS ${quoteName(database)}.${quoteName(name)}`

/** Removes these objects, and those that are gone are fine. */
export const removeObjects = async (
  client: Client,
  objects: ReadonlyMap<string, readonly NamedObject[]>,
  task: string,
): Promise<void> => {
  const statements = [...objects].flatMap(([database, own]) => own.map((object) => removalOf(database, object)))
  if (statements.length === 0) return
  await namingHolders(client, () => client.query(statements.join(';\n'), { task }))
}

/** Removes all such objects of these databases, which are nobody’s but ours. */
export const dropObjects = async (client: Client, names: readonly string[]): Promise<void> =>
  removeObjects(client, await listObjects(client, names), 'Removing views and triggers')
