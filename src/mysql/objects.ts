import { type Client, quoteName } from './client.ts'
import { type ListedDatabase, takeInventory } from './inventory.ts'
import { namingHolders } from './lock-holders.ts'

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

/** Removes all such objects of these databases: a table with a trigger cannot change its database. */
export const dropObjects = async (client: Client, names: readonly string[]): Promise<void> => {
  const { databases } = await takeInventory(client, names)
  const statements = databases.flatMap((database) =>
    listObjects(database).map(
      ({ kind, name }) => `DROP ${kind} IF EXISTS ${quoteName(database.name)}.${quoteName(name)}`,
    ),
  )
  if (statements.length === 0) return
  await namingHolders(client, () => client.query(statements.join(';\n'), { task: 'Removing views and triggers' }))
}
