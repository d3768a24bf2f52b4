import type { Client } from '../client/client.ts'
import { serverSaid } from '../client/failures.ts'
import { isPassing } from '../client/passing-errors.ts'
import { type StatementWrapper, statementWrapperFor } from '../client/single-statement.ts'
import { MalformedDump } from '../sql/malformed-dump.ts'
import { withDatabasesRenamed } from '../sql/renamed-databases.ts'
import { asDisabled, withStatusOf } from './event-status.ts'
import { dropObjects, isSame, type NamedObject, readObjects, type SavedObject } from './objects.ts'
import { isOfTheCopy } from './of-the-copy.ts'
import {
  hasStatements,
  isSetting,
  type ObjectSources,
  readingOf,
  type Script,
  type StatementLine,
  scriptsOf,
  sendScript,
  withOnly,
} from './script.ts'

/** What a server makes of views, triggers, routines and events, learned from copies of their tables. */
export interface ProvenObjects {
  /** What the server takes, in an order in which it does. */
  readonly passes: readonly Script[]
  /** What it did not take aside, though it may where it belongs. */
  readonly unproven: readonly UnprovenObject[]
  /** What it refuses, wherever that is. */
  readonly refused: readonly RefusedObject[]
  /** What stands there afterwards, as it would be where it belongs: an event whose time has passed does not. */
  readonly made: ReadonlyMap<string, readonly SavedObject[]>
}

export interface UnprovenObject {
  readonly database: string
  readonly object: NamedObject
  /** The statement alone, with the settings that it needs. */
  readonly script: Script
  /** As it was to be created where it belongs; latin1. */
  readonly statement: string
  /** The server’s own words. */
  readonly why: string
}

export interface RefusedObject {
  readonly database: string
  readonly object: NamedObject
  /** As it was to be created where it belongs; latin1. */
  readonly statement: string
  /** The server’s own words. */
  readonly why: string
  /** The server’s number for it. */
  readonly error: number
}

export const nothingToProve: ProvenObjects = { passes: [], unproven: [], refused: [], made: new Map() }

/** A script, and what of it is sent to the copy instead. */
interface Pair {
  readonly original: Script
  readonly copy: Script
}

/**
 * Creates the objects of `sources` in copies of their databases (`places` says where), reads them back and removes them.
 * Every name of such a database is replaced by that of its copy, and no event can run. Throws only when the copies
 * cannot be worked with.
 */
export const proveObjects = async (
  client: Client,
  sources: ObjectSources,
  places: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<ProvenObjects> => {
  const scripts = scriptsOf(sources)
  if (scripts.length === 0) return nothingToProve
  const wrap = await statementWrapperFor(client)
  const unreadable: UnprovenObject[] = []
  const pairs = scripts.map((script) => pairOf(script, places, unreadable))
  const passes: Script[] = []
  const broken: Pair[] = []
  for (const pair of pairs) {
    const failure = unreadable.some(({ database }) => database === pair.original.database)
      ? 'not whole'
      : await refusalOf(sendScript(client, pair.copy, wrap))
    if (failure === null) passes.push(pair.original)
    else broken.push(pair)
  }
  await dropObjects(
    client,
    broken.map(({ copy }) => copy.database),
  )
  const slowly = await oneByOne(client, broken, wrap, signal)
  const made = new Map<string, SavedObject[]>()
  for (const { original, copy } of pairs) {
    made.set(original.database, await readBack(client, original, copy.database, places))
  }
  await dropObjects(
    client,
    pairs.map(({ copy }) => copy.database),
  )
  return {
    passes: [...passes, ...slowly.passes],
    unproven: [...unreadable, ...slowly.unproven],
    refused: slowly.refused,
    made,
  }
}

/** What we cannot read for sure is not sent: under its own names it would reach what is live. */
const pairOf = (script: Script, places: ReadonlyMap<string, string>, unreadable: UnprovenObject[]): Pair => {
  const { database } = script
  const lines = script.lines.map((line, index) => {
    if (isSetting(line) || line.object === null) return line
    const copied = copyOf(line, line.object, places)
    if (copied !== null) return { ...line, statement: copied }
    const why = 'its text is read in different ways by different servers'
    unreadable.push({ database, object: line.object, script: withOnly(script, index), statement: line.statement, why })
    return { setting: '' }
  })
  return { original: script, copy: { ...script, database: places.get(database) ?? database, lines } }
}

const copyOf = (line: StatementLine, object: NamedObject, places: ReadonlyMap<string, string>): string | null => {
  try {
    const renamed = withDatabasesRenamed(line.statement, line.reading, places)
    return object.kind === 'EVENT' ? asDisabled(renamed) : renamed
  } catch (error) {
    if (error instanceof MalformedDump) return null
    throw error
  }
}

interface Statement {
  readonly pair: Pair
  readonly index: number
  readonly line: StatementLine
  /** What the server said at the last try. */
  readonly refusal: { readonly number: number; readonly said: string } | null
}

/**
 * In rounds, until one adds nothing: a view may wait for one that comes later, also in another database. Until then a
 * dump has a view of ones in its place, over which the server may refuse anything: only the last round tells why.
 */
const oneByOne = async (
  client: Client,
  pairs: readonly Pair[],
  wrap: StatementWrapper,
  signal: AbortSignal | undefined,
): Promise<Omit<ProvenObjects, 'made'>> => {
  const passes: Script[] = []
  let left: Statement[] = pairs.flatMap((pair) =>
    pair.copy.lines.flatMap((line, index) => (isSetting(line) ? [] : [{ pair, index, line, refusal: null }])),
  )
  while (left.length > 0) {
    const still: Statement[] = []
    const taken = new Map<Pair, Set<number>>()
    for (const statement of left) {
      signal?.throwIfAborted()
      const { pair, index } = statement
      const refusal = await refusalOf(sendScript(client, withOnly(pair.copy, index), wrap))
      if (refusal === null) taken.set(pair, (taken.get(pair) ?? new Set()).add(index))
      else still.push({ ...statement, refusal })
    }
    for (const [{ original }, indexes] of taken) passes.push(withThese(original, indexes))
    const isLast = still.length === left.length
    left = still
    if (isLast) break
  }
  return { passes: passes.filter(hasStatements), ...judged(left) }
}

const withThese = (script: Script, indexes: ReadonlySet<number>): Script => ({
  ...script,
  lines: script.lines.filter((line, index) => isSetting(line) || indexes.has(index)),
})

const judged = (left: readonly Statement[]): Pick<ProvenObjects, 'unproven' | 'refused'> => {
  const unproven: UnprovenObject[] = []
  const refused: RefusedObject[] = []
  for (const { pair, index, line, refusal } of left) {
    const { object } = line
    if (object === null || refusal === null) continue
    const { original } = pair
    const { statement } = original.lines[index] as StatementLine
    const found = { database: original.database, object, statement, why: refusal.said }
    if (isOfTheCopy(refusal.number)) unproven.push({ ...found, script: withOnly(original, index) })
    else refused.push({ ...found, error: refusal.number })
  }
  return { unproven, refused }
}

/** What the server said, null when nothing fails. What is no answer of the server is thrown. */
const refusalOf = async (work: Promise<unknown>) => {
  try {
    await work
    return null
  } catch (error) {
    const said = serverSaid(error)
    if (said === null || said.number === null || isPassing(said.number)) throw error
    return { number: said.number, said: said.text }
  }
}

/** What was made, under its own names again, so that it can be compared with what is live. */
const readBack = async (
  client: Client,
  original: Script,
  copy: string,
  places: ReadonlyMap<string, string>,
): Promise<SavedObject[]> => {
  const back = new Map([...places].map(([from, to]) => [to, from]))
  const made = await readObjects(client, copy)
  return made.map((object) => {
    const create = renamedText(object, back)
    if (object.kind !== 'EVENT') return { ...object, create, grants: [] }
    const line = original.lines.find((one) => !isSetting(one) && one.object !== null && isSame(one.object, object))
    const statement = line === undefined || isSetting(line) ? create : line.statement
    return { ...object, create: withStatusOf(create, statement), grants: [] }
  })
}

/** The text of a saved object with other names for databases; as it is where we cannot read it for sure. */
export const renamedText = (object: SavedObject, names: ReadonlyMap<string, string>): string => {
  try {
    const text = Buffer.from(object.create, 'utf8').toString('latin1')
    return Buffer.from(withDatabasesRenamed(text, readingOf(object), names), 'latin1').toString('utf8')
  } catch (error) {
    if (error instanceof MalformedDump) return object.create
    throw error
  }
}
