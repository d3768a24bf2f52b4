import type { Client } from '../../mysql/client/client.ts'
import { isSame, listObjects, type NamedObject, type SavedObject, titleOf } from '../../mysql/objects/objects.ts'
import type { ProvenObjects } from '../../mysql/objects/prove.ts'
import type { ObjectChange } from '../../mysql/objects/replace.ts'
import { isSetting } from '../../mysql/objects/script.ts'
import type { ObjectKind } from '../../mysql/sql/object-head.ts'
import type { DatabaseRecord } from '../state/journal.ts'

/** The views, triggers, routines and events of what comes in: proven, and as the server will show them. */
export interface ComingObjects extends Pick<ProvenObjects, 'passes' | 'unproven'> {
  readonly wanted: ReadonlyMap<string, readonly SavedObject[]>
}

/** What differs is made; what was not proven may differ. */
export const changesOf = (databases: readonly DatabaseRecord[], coming: ComingObjects): ObjectChange[] =>
  databases
    .filter(({ incoming }) => incoming !== null)
    .map(({ name, live }) => ({
      database: name,
      // A view that has made way for a table of its name is not there any more.
      live: (live?.objects ?? []).filter(({ kind, name: own }) => kind !== 'VIEW' || !isTable(databases, name, own)),
      wanted: coming.wanted.get(name) ?? [],
    }))

const isTable = (databases: readonly DatabaseRecord[], database: string, view: string): boolean =>
  (databases.find(({ name }) => name === database)?.incoming?.tables ?? []).some(
    (table) => table.toLowerCase() === view.toLowerCase(),
  )

/** By name, for the journal. */
export const wantedNames = (
  database: string,
  { wanted, unproven }: ComingObjects,
): { kind: ObjectKind; name: string }[] => [
  ...(wanted.get(database) ?? []).map(({ kind, name }) => ({ kind, name })),
  ...unproven.filter((one) => one.database === database).map(({ object }) => ({ ...object })),
]

/** Asks the server what is there. Returns as sentences what should be and is not, and was not told before. */
export const missingAfterwards = async (
  client: Client,
  { passes, unproven }: ComingObjects,
  told: readonly string[],
): Promise<string[]> => {
  const expected = [
    ...passes.flatMap(({ database, lines }) =>
      lines.flatMap((line) => (isSetting(line) || line.object === null ? [] : [{ database, object: line.object }])),
    ),
    ...unproven.filter(({ object }) => !told.some((sentence) => sentence.includes(` ${object.name} `))),
  ]
  if (expected.length === 0) return []
  const databases = [...new Set(expected.map(({ database }) => database))]
  const there = await listObjects(client, databases).catch((error: Error) => error)
  if (there instanceof Error) {
    return [`It could not be looked up whether all views, triggers, routines and events are there: ${there.message}`]
  }
  const missing = expected.filter(({ database, object }) => !there.get(database)?.some((one) => isSame(one, object)))
  return [...new Set(missing.map(({ database, object }) => missingSentence(database, object)))]
}

const missingSentence = (database: string, object: NamedObject): string =>
  object.kind === 'EVENT'
    ? `${titleOf(database, object)} is not there: its time has passed, and the server drops such an event`
    : `${titleOf(database, object)} was created and is not there`
