import type { SavedObject } from './objects.ts'

/**
 * What a dump may hold besides tables and rows. A dump is data from outside, and what is not a table is replayed with
 * the rights of the configured user: a statement that these patterns do not know is refused before anything is done.
 */

const variables = [
  'character_set_client',
  'character_set_results',
  'collation_connection',
  'sql_notes',
  'note_verbosity',
  'time_zone',
  'unique_checks',
  'foreign_key_checks',
].join('|')

/** The sql_mode decides where a string ends: it is never a number, and never a text that went through a variable. */
const assignment = `(?:@\\w+\\s*=\\s*@@\\w+|sql_mode\\s*=\\s*(?:@\\w+|'[^'\\\\]*')|(?:${variables})\\s*=\\s*(?:@?\\w+|'[^'\\\\]*'))`

const sessionSetting = new RegExp(
  `^(?:/\\*M?!\\d+ )?SET (?:NAMES \\w+|${assignment}(?:,\\s*${assignment})*)(?:\\s*\\*/)?$`,
  'i',
)

/** `SET` of the session's own variables and the database's defaults, as the client writes them around everything. */
export const isSessionSetting = (text: string): boolean =>
  sessionSetting.test(text) || /^ALTER DATABASE CHARACTER SET (?:= )?\w+ COLLATE (?:= )?\w+$/.test(text)

/** In double quotes without a backslash, which escapes in one sql_mode and not in another. */
const name = '(?:`(?:[^`]|``)+`|"(?:[^"\\\\]|"")+"|[\\w$\\x80-\\xff]+)'
const user = `(?:${name}|'[^'\\\\]*')(?:@(?:${name}|'[^'\\\\]*'))?`
const quotedOrEmpty = '(?:`[^`]*`|"[^"\\\\]*")'

const creation = new RegExp(
  [
    '^CREATE (?:OR REPLACE )?(?:ALGORITHM ?= ?\\w+ )?',
    `(?:DEFINER ?= ?(?:${user}|${quotedOrEmpty}@${quotedOrEmpty}) )?`,
    '(?:SQL SECURITY \\w+ )?',
    `(?:(?<view>VIEW)|(?<trigger>TRIGGER)|(?<routine>PROCEDURE|(?:AGGREGATE )?FUNCTION)|(?<event>EVENT)|PACKAGE(?: BODY)?) `,
    `(?:IF NOT EXISTS )?(?:(?<database>${name}) ?\\. ?)?(?<name>${name})(?<rest>.*)$`,
  ].join(''),
  'is',
)

/** What must follow the name, so that nothing else than such an object is made: `CREATE FUNCTION … SONAME` loads a library. */
const following = {
  view: /^ ?(?:\([^()]*\) ?)?AS /i,
  trigger: /^ (?:BEFORE|AFTER) /i,
  routine: /^ ?\(/,
  event: /^ ON SCHEDULE /i,
} as const

const removal = new RegExp(
  `^DROP (?:TABLE|VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE(?: BODY)?) IF EXISTS ${name}$`,
  'i',
)

/** The statements that make views, triggers, routines and events in `database` or in none that is named. */
export const isObjectStatement = (text: string, database: string): boolean => {
  const plain = withoutVersions(text)
  if (removal.test(plain)) return true
  const groups = creation.exec(plain)?.groups
  if (!groups) return false
  const { database: named, rest = '' } = groups
  if (named !== undefined && nameOf(named) !== database) return false
  const kinds = Object.keys(following) as (keyof typeof following)[]
  return kinds.every((kind) => groups[kind] === undefined || following[kind].test(rest))
}

/** What an object statement makes; null for one that makes nothing, such as a setting. */
export const objectOf = (text: string): Pick<SavedObject, 'kind' | 'name'> | null => {
  const groups = creation.exec(withoutVersions(text))?.groups
  if (!groups) return null
  const { view, trigger, event, routine = '', name: written = '' } = groups
  const kind = view ?? trigger ?? event ?? (/FUNCTION$/i.test(routine) ? 'FUNCTION' : 'PROCEDURE')
  return { kind: kind.toUpperCase() as SavedObject['kind'], name: nameOf(written) }
}

/**
 * The statement without the marks that hide its parts from old servers, its white space folded. A mark of a version
 * that a server may not know would hide its part from that server and not from us: it stays, and fits no pattern.
 */
const withoutVersions = (text: string): string =>
  text
    .replace(/\/\*!(?:[34]\d{4}|50[0-6]\d\d)|\*\//g, ' ')
    .replace(/[\t\n\v\f\r ]+/g, ' ')
    .replace(/^ | $/g, '')

/** A name as it is written, read as latin1, as the text it is. */
const nameOf = (written: string): string => {
  const inner = /^(?:`(.*)`|"(.*)")$/.exec(written)
  const text = inner?.[1]?.replaceAll('``', '`') ?? inner?.[2]?.replaceAll('""', '"') ?? written
  return Buffer.from(text, 'latin1').toString('utf8')
}
