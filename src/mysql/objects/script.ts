import type { Client } from '../client/client.ts'
import type { StatementWrapper } from '../client/single-statement.ts'
import { isSessionSetting, objectOf, removedBy } from '../sql/allowed-statements.ts'
import { quoteName, quoteText } from '../sql/quote.ts'
import { type Reading, SessionReading } from '../sql/session-reading.ts'
import { kindsInOrder, type NamedObject, type SavedObject } from './objects.ts'

/**
 * What views, triggers, routines and events are made from: a verified dump’s statements, or what was read before, of a
 * database with this default collation.
 */
export type ObjectSource =
  | { readonly statements: readonly string[] }
  | { readonly objects: readonly SavedObject[]; readonly collation: string }

/** By the database that they belong to. */
export type ObjectSources = ReadonlyMap<string, ObjectSource>

/** A setting of the session, or what makes (`object`) or removes (`removed`) one object. `statement` is latin1. */
export type Line =
  | { readonly setting: string }
  | {
      readonly object: NamedObject | null
      readonly removed: NamedObject | null
      readonly statement: string
      readonly reading: Reading
    }

export type StatementLine = Extract<Line, { statement: string }>

/** What a session begins with, and what follows. A statement needs the settings before it. */
export interface Script {
  readonly database: string
  readonly preamble: string
  readonly lines: readonly Line[]
}

export const isSetting = (line: Line): line is Extract<Line, { setting: string }> => 'setting' in line

export const hasStatements = ({ lines }: Script): boolean => lines.some((line) => !isSetting(line))

export const scriptsOf = (sources: ObjectSources): Script[] =>
  [...sources].map(([database, source]) => scriptOf(database, source)).filter(hasStatements)

/** Runs the statements of a script, in one session. */
export const sendScript = (client: Client, script: Script, wrap: StatementWrapper): Promise<unknown> =>
  client.query(inputOf(script, wrap), {
    task: `Creating the views, triggers, routines and events of ${script.database}`,
  })

const inputOf = ({ database, preamble, lines }: Script, wrap: StatementWrapper): Buffer =>
  Buffer.concat([
    Buffer.from(`USE ${quoteName(database)};\n${preamble}\n`),
    ...lines.map((line) =>
      isSetting(line) ? Buffer.from(line.setting, 'latin1') : wrap(Buffer.from(line.statement, 'latin1')),
    ),
  ])

/** The same script with one statement alone, the settings that it needs, and those that put the database right again. */
export const withOnly = (script: Script, index: number): Script => ({
  ...script,
  lines: script.lines.filter((line, at) => at === index || isSetting(line)),
})

const scriptOf = (database: string, source: ObjectSource): Script =>
  'statements' in source
    ? { database, preamble: preambleOfDump, lines: linesOfDump(source.statements) }
    : { database, preamble: preambleOfSaved, lines: linesOfAllSaved(source.objects, source.collation) }

/** The trailer of a dump puts back what its preamble had saved; the objects are sent without that preamble. */
export const preambleOfDump = [
  'SET NAMES utf8mb4;',
  "SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO';",
  'SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT, @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS,',
  '@OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION, @OLD_TIME_ZONE=@@TIME_ZONE, @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS,',
  '@OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, @OLD_SQL_MODE=@@SQL_MODE, @OLD_SQL_NOTES=@@SQL_NOTES;',
].join('\n')

const linesOfDump = (statements: readonly string[]): Line[] => {
  const session = new SessionReading()
  return statements.map((text) => {
    session.notice(text)
    if (isSessionSetting(text)) return { setting: `${text};\n` }
    return { object: objectOf(text), removed: removedBy(text), statement: text, reading: session.current }
  })
}

const preambleOfSaved = 'SET @old_sql_mode = @@sql_mode, @old_time_zone = @@time_zone;'

/** Events last; triggers as they stand, which is how they fire. */
const inOrder = (objects: readonly SavedObject[]): SavedObject[] =>
  objects.toSorted((one, other) => kindsInOrder.indexOf(one.kind) - kindsInOrder.indexOf(other.kind))

/**
 * An object keeps the default collation that its database had when it was created: where that was another, the database
 * has it again for as long as it takes.
 */
const linesOfAllSaved = (objects: readonly SavedObject[], collation: string): Line[] =>
  inOrder(objects).flatMap((object) => {
    const other = object.databaseCollation
    if (other === null || other === undefined || other === collation) return linesOfSaved(object)
    return [defaultCollation(other), ...linesOfSaved(object), defaultCollation(collation)]
  })

const defaultCollation = (collation: string): Line => ({ setting: `ALTER DATABASE COLLATE = ${collation};\n` })

const linesOfSaved = (object: SavedObject): Line[] => [
  { setting: settingsOf(object) },
  {
    object: { kind: object.kind, name: object.name },
    removed: null,
    statement: Buffer.from(object.create, 'utf8').toString('latin1'),
    reading: readingOf(object),
  },
]

/** How the text of a saved object is read: it came in utf8mb4, whatever it was written in. */
export const readingOf = ({ sqlMode }: Pick<SavedObject, 'sqlMode'>): Reading => {
  const session = new SessionReading()
  session.notice(`SET sql_mode = '${sqlMode ?? ''}'`)
  return session.current
}

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
