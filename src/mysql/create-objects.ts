import { isSessionSetting, objectOf } from './allowed-statements.ts'
import { type Client, quoteName, quoteText } from './client.ts'
import { type Envelope, envelopeFor } from './envelope.ts'
import { UsesWhatIsGone } from './failures.ts'
import { dropObjects, type SavedObject } from './objects.ts'

/** What views, triggers, routines and events are made from: a verified dump’s statements, or what was read before. */
export type ObjectSource = { readonly statements: readonly string[] } | { readonly objects: readonly SavedObject[] }

/** By the database that they belong to. */
export type ObjectSources = ReadonlyMap<string, ObjectSource>

/** A setting of the session, or what makes or removes one object: of a removal it is null. */
type Line =
  | { readonly setting: Buffer }
  | { readonly object: { readonly kind: string; readonly name: string } | null; readonly statement: Buffer }

/** What a session begins with, and what follows. A statement needs the settings before it. */
interface Script {
  readonly database: string
  readonly preamble: string
  readonly lines: readonly Line[]
}

/**
 * Creates the views, triggers, routines and events of databases that hold none. Returns, as sentences, what no server
 * would create any more and is left out: what uses a table, a column or a view that is gone. Throws whatever else fails.
 */
export const createObjects = async (client: Client, sources: ObjectSources): Promise<string[]> => {
  const scripts = [...sources].map(scriptOf).filter(({ lines }) => lines.some((line) => 'statement' in line))
  if (scripts.length === 0) return []
  const envelope = await envelopeFor(client)
  const send = (script: Script, lines: readonly Line[]) =>
    client.query(inputOf(script, lines, envelope), {
      task: `Creating the views, triggers, routines and events of ${script.database}`,
    })
  const broken: Script[] = []
  for (const script of scripts) {
    if ((await whatIsGone(send(script, script.lines))) !== null) broken.push(script)
  }
  if (broken.length === 0) return []
  await dropObjects(
    client,
    broken.map(({ database }) => database),
  )
  const leftOut = await createOneByOne(broken, send)
  // Among the settings are default character sets of the database: the last one stays, whatever was left out.
  for (const script of broken) await send(script, script.lines.filter(isSetting))
  return leftOut
}

/** In rounds, until one adds nothing: a view may wait for one that comes later, also in another database. */
const createOneByOne = async (
  scripts: readonly Script[],
  send: (script: Script, lines: readonly Line[]) => Promise<unknown>,
): Promise<string[]> => {
  let left = scripts.flatMap(statementsOf)
  while (left.length > 0) {
    const still: typeof left = []
    for (const one of left) {
      const why = await whatIsGone(send(one.script, one.lines))
      if (why !== null) still.push({ ...one, why })
    }
    if (still.length === left.length) break
    left = still
  }
  return left.map(
    ({ script, object, why }) =>
      `${script.database}: the ${object?.kind.toLowerCase()} ${object?.name} uses what is gone, and is left out: ${why}`,
  )
}

/** Each statement with the settings that it needs. */
const statementsOf = (script: Script) =>
  script.lines.flatMap((line, index) =>
    isSetting(line)
      ? []
      : [{ script, object: line.object, lines: [...script.lines.slice(0, index).filter(isSetting), line], why: '' }],
  )

const isSetting = (line: Line): line is Extract<Line, { setting: Buffer }> => 'setting' in line

/** The server’s own words when something is gone that is needed, null when nothing fails. */
const whatIsGone = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => {
      if (error instanceof UsesWhatIsGone) return error.said
      throw error
    },
  )

const inputOf = ({ database, preamble }: Script, lines: readonly Line[], envelope: Envelope): Buffer =>
  Buffer.concat([
    Buffer.from(`USE ${quoteName(database)};\n${preamble}\n`),
    ...lines.map((line) => (isSetting(line) ? line.setting : envelope(line.statement))),
  ])

const scriptOf = ([database, source]: [string, ObjectSource]): Script =>
  'statements' in source
    ? { database, preamble: preambleOfDump, lines: source.statements.map(lineOfDump) }
    : { database, preamble: preambleOfSaved, lines: inOrder(source.objects).flatMap(linesOfSaved) }

/** The trailer of a dump puts back what its preamble had saved; the objects are sent without that preamble. */
export const preambleOfDump = [
  'SET NAMES utf8mb4;',
  "SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO';",
  'SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT, @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS,',
  '@OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION, @OLD_TIME_ZONE=@@TIME_ZONE, @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS,',
  '@OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, @OLD_SQL_MODE=@@SQL_MODE, @OLD_SQL_NOTES=@@SQL_NOTES;',
].join('\n')

const lineOfDump = (text: string): Line =>
  isSessionSetting(text)
    ? { setting: Buffer.from(`${text};\n`, 'latin1') }
    : { object: objectOf(text), statement: Buffer.from(text, 'latin1') }

const preambleOfSaved = 'SET @old_sql_mode = @@sql_mode, @old_time_zone = @@time_zone;'

/** Events last. */
const inOrder = (objects: readonly SavedObject[]): SavedObject[] =>
  objects.toSorted((one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind))

const kinds: readonly SavedObject['kind'][] = ['PROCEDURE', 'FUNCTION', 'TRIGGER', 'VIEW', 'EVENT']

const linesOfSaved = (object: SavedObject): Line[] => [
  { setting: Buffer.from(settingsOf(object)) },
  { object, statement: Buffer.from(object.create) },
]

/** Each sets all of them: where the server keeps none, it must not be that of the object before. */
const settingsOf = ({ create, sqlMode, characterSet, collation, timeZone }: SavedObject): string =>
  [
    `SET sql_mode = ${sqlMode === null ? '@old_sql_mode' : quoteText(sqlMode)};`,
    `SET time_zone = ${timeZone === null ? '@old_time_zone' : quoteText(timeZone)};`,
    // Text beyond ASCII reaches the server as it was read, in utf8mb4; its own character set would misread it.
    `SET character_set_client = ${isAscii(create) ? characterSet : 'utf8mb4'}, collation_connection = ${collation};`,
    '',
  ].join('\n')

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)
