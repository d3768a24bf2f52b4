import type { Client } from '../client/client.ts'
import { UsesWhatIsGone } from '../client/failures.ts'
import { statementWrapperFor } from '../client/single-statement.ts'
import { dropObjects, type NamedObject } from './objects.ts'
import { isSetting, type ObjectSources, type Script, scriptsOf, sendScript, withOnly } from './script.ts'

/**
 * Creates the views, triggers, routines and events of databases that hold none. Returns, as sentences, what no server
 * would create any more and is left out: what uses a table, a column or a view that is gone. Throws whatever else fails.
 */
export const createObjects = async (client: Client, sources: ObjectSources): Promise<string[]> => {
  const scripts = scriptsOf(sources)
  if (scripts.length === 0) return []
  const wrap = await statementWrapperFor(client)
  const send = (script: Script) => sendScript(client, script, wrap)
  const broken: Script[] = []
  for (const script of scripts) {
    if ((await whatIsGone(send(script))) !== null) broken.push(script)
  }
  if (broken.length === 0) return []
  await dropObjects(
    client,
    broken.map(({ database }) => database),
  )
  const leftOut = await createOneByOne(broken, send)
  // Among the settings are default character sets of the database: the last one stays, whatever was left out.
  for (const script of broken) await send({ ...script, lines: script.lines.filter(isSetting) })
  return leftOut
}

/** In rounds, until one adds nothing: a view may wait for one that comes later, also in another database. */
const createOneByOne = async (
  scripts: readonly Script[],
  send: (script: Script) => Promise<unknown>,
): Promise<string[]> => {
  let left = scripts.flatMap(statementsOf)
  while (left.length > 0) {
    const still: typeof left = []
    for (const one of left) {
      const why = await whatIsGone(send(one.script))
      if (why !== null) still.push({ ...one, why })
    }
    if (still.length === left.length) break
    left = still
  }
  return left.flatMap(({ script, object, why }) => (object === null ? [] : [leftOutOf(script.database, object, why)]))
}

/** Each statement with the settings that it needs. */
const statementsOf = (script: Script) =>
  script.lines.flatMap((line, index) =>
    isSetting(line) ? [] : [{ script: withOnly(script, index), object: line.object, why: '' }],
  )

/** As a sentence. */
export const leftOutOf = (database: string, object: NamedObject, why: string): string =>
  `${database}: the ${object.kind.toLowerCase()} ${object.name} uses what is gone, and is left out: ${why}`

/** The server’s own words when something is gone that is needed, null when nothing fails. */
const whatIsGone = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => {
      if (error instanceof UsesWhatIsGone) return error.said
      throw error
    },
  )
