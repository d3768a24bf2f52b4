import type { Client } from '../client/client.ts'
import { serverSaid } from '../client/failures.ts'
import { isPassing } from '../client/passing-errors.ts'
import { statementWrapperFor } from '../client/single-statement.ts'
import { quoteName } from '../sql/quote.ts'
import { kindOf } from '../sql/server-version.ts'
import { leftOutOf } from './create.ts'
import { isSame, type NamedObject, type SavedObject } from './objects.ts'
import type { ProvenObjects } from './prove.ts'
import { giveGrants } from './routine-grants.ts'
import { isSameDefinition } from './same-object.ts'
import { hasStatements, isSetting, type Line, type Script, scriptsOf, sendScript } from './script.ts'

/** Objects of one database that are to be there, and what is there. */
export interface ObjectChange {
  readonly database: string
  readonly wanted: readonly SavedObject[]
  readonly live: readonly SavedObject[]
}

/** True for what must be made, or made anew: all triggers, which a swap of the tables removes, and what differs. */
export const isToBeMade = ({ database, wanted, live }: ObjectChange, object: NamedObject): boolean => {
  if (object.kind === 'TRIGGER') return true
  const is = live.find((one) => isSame(one, object))
  const should = wanted.find((one) => isSame(one, object))
  return is === undefined || should === undefined || !isSameDefinition(database, is, should)
}

/** What is live and not wanted, but for triggers. */
export const superfluous = ({
  wanted,
  live,
}: {
  readonly wanted: readonly NamedObject[]
  readonly live: readonly NamedObject[]
}): NamedObject[] => live.filter((one) => one.kind !== 'TRIGGER' && !wanted.some((other) => isSame(one, other)))

/**
 * Makes what was proven, where it differs from what is live. Nothing that is alike is touched, and nothing is dropped
 * that the server can replace: a DROP takes the grants on a routine along. Returns as sentences what could not be made
 * because it was unproven, and grants that could not be given again. Throws whatever else fails.
 */
export const makeObjects = async (
  client: Client,
  { passes, unproven }: Pick<ProvenObjects, 'passes' | 'unproven'>,
  changes: readonly ObjectChange[],
): Promise<string[]> => {
  const scripts = passes.map((script) => onlyChanges(script, changes)).filter(hasStatements)
  const doubtful = unproven.filter(({ database, object }) => isToBeMade(changeOf(database, changes), object))
  const sentences: string[] = []
  if (scripts.length + doubtful.length > 0) {
    const { wrap, replaces } = await serverOf(client)
    for (const script of scripts) await sendScript(client, replacing(script, replaces), wrap)
    for (const { database, object, script } of doubtful) {
      try {
        await sendScript(client, replacing(script, replaces), wrap)
      } catch (error) {
        const said = serverSaid(error)
        if (said === null || said.number === null || isPassing(said.number)) throw error
        sentences.push(leftOutOf(database, object, said.text))
      }
    }
  }
  for (const change of changes) sentences.push(...(await grantAgain(client, change)))
  return sentences
}

const changeOf = (database: string, changes: readonly ObjectChange[]): ObjectChange =>
  changes.find((change) => change.database === database) ?? { database, wanted: [], live: [] }

const onlyChanges = (script: Script, changes: readonly ObjectChange[]): Script => {
  const change = changeOf(script.database, changes)
  const isWanted = (line: Line) => {
    if (isSetting(line)) return true
    const object = line.object ?? line.removed
    return object !== null && isToBeMade(change, object)
  }
  return { ...script, lines: script.lines.filter(isWanted) }
}

/** Grants on what was made anew or for the first time; a server that replaces has kept those of what it replaced. */
const grantAgain = async (client: Client, change: ObjectChange): Promise<string[]> => {
  const { database, wanted, live } = change
  const grants = wanted
    .filter((object) => isToBeMade(change, object))
    .flatMap((object) => live.find((one) => isSame(one, object))?.grants ?? object.grants ?? [])
  return (await giveGrants(client, grants)).map(
    (grant) => `${database}: a grant on a routine could not be given again: ${grant}`,
  )
}

const serverOf = async (client: Client) => {
  const [[version = ''] = []] = await client.ask('SELECT VERSION()')
  return { wrap: await statementWrapperFor(client), replaces: kindOf(version) === 'mariadb' }
}

/** MariaDB replaces everything and keeps the grants on it; MySQL only views. What it cannot replace is dropped before. */
const replacing = (script: Script, replaces: boolean): Script => ({
  ...script,
  lines: script.lines.flatMap((line) => {
    if (isSetting(line) || line.object === null) return [line]
    if (replaces || line.object.kind === 'VIEW') return [{ ...line, statement: orReplace(line.statement) }]
    const { kind, name } = line.object
    return [{ setting: Buffer.from(`DROP ${kind} IF EXISTS ${quoteName(name)};\n`).toString('latin1') }, line]
  }),
})

/** The beginning of a statement that makes an object is the same everywhere, but for the mark of a version. */
const orReplace = (statement: string): string =>
  statement.replace(/^((?:\/\*!\d+\s+)?\s*CREATE)(?!\s+OR\s+REPLACE)\b/i, '$1 OR REPLACE')

interface NotPut {
  readonly object: SavedObject
  readonly why: string
}

/**
 * Makes what was read before, whatever is there, one after the other. `collation` is the default of the database. Returns
 * what could not be made, and why.
 */
export const putObjects = async (
  client: Client,
  database: string,
  objects: readonly SavedObject[],
  collation: string,
): Promise<NotPut[]> => {
  if (objects.length === 0) return []
  const { wrap, replaces } = await serverOf(client)
  const put = async (some: readonly SavedObject[]) => {
    for (const script of scriptsOf(new Map([[database, { objects: some, collation }]]))) {
      await sendScript(client, replacing(script, replaces), wrap)
    }
  }
  const failed: NotPut[] = await put(objects).then(
    () => [],
    () => inRounds(objects, put),
  )
  const refused = await giveGrants(
    client,
    objects.flatMap(({ grants }) => grants ?? []),
  )
  for (const grant of refused) {
    const object = objects.find(({ grants }) => grants?.includes(grant))
    if (object !== undefined) failed.push({ object, why: `a grant could not be given again: ${grant}` })
  }
  return failed
}

/** Until one adds nothing: a view may wait for one that comes later. */
const inRounds = async (
  objects: readonly SavedObject[],
  put: (some: readonly SavedObject[]) => Promise<void>,
): Promise<NotPut[]> => {
  for (let left = objects; ; ) {
    const failed: NotPut[] = []
    for (const object of left) await put([object]).catch((error: Error) => failed.push({ object, why: error.message }))
    if (failed.length === 0 || failed.length === left.length) return failed
    left = failed.map(({ object }) => object)
  }
}
