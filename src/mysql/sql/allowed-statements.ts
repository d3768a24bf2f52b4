import { MalformedDump } from './malformed-dump.ts'
import { headOf, nameQuotes, type ObjectHead, type ObjectKind } from './object-head.ts'
import { tokensIn } from './server-tokens.ts'
import type { Reading } from './session-reading.ts'

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

/** What must follow the name, so that nothing else than such an object is made: `CREATE FUNCTION … SONAME` loads a library. */
const following: Record<ObjectKind, RegExp> = {
  VIEW: /^(?:AS|\()$/,
  TRIGGER: /^(?:BEFORE|AFTER)$/,
  PROCEDURE: /^\($/,
  FUNCTION: /^\($/,
  EVENT: /^ON$/,
  PACKAGE: /^\w+$/,
  'PACKAGE BODY': /^\w+$/,
}

/** The statements that make or drop one view, trigger, routine, event or package in `database` or in none that is named. */
export const isObjectStatement = (text: string, database: string, reading: Reading): boolean => {
  const head = headOf(text, reading)
  if (head === null) return false
  if (head.verb === 'DROP') return head.database === null && endsWithName(text, head, reading)
  if (head.database !== null && head.database !== database) return false
  return head.following !== null && head.following.kind !== 'name' && following[head.kind].test(head.following.text)
}

/** Nothing but the end of a comment for versions may come behind the name of what is dropped. */
const endsWithName = (text: string, { following }: ObjectHead, reading: Reading): boolean => {
  try {
    return following === null && tokensIn(text, reading).length > 0
  } catch (error) {
    if (error instanceof MalformedDump) return false
    throw error
  }
}

/** What a statement makes; null for one that makes nothing, such as a setting. */
export const objectOf = (text: string, reading: Reading = nameQuotes): Pick<ObjectHead, 'kind' | 'name'> | null => {
  const head = headOf(text, reading)
  return head?.verb === 'CREATE' ? { kind: head.kind, name: head.name } : null
}

/** What a statement removes before it is made anew; null for one that removes nothing. */
export const removedBy = (text: string, reading: Reading = nameQuotes): Pick<ObjectHead, 'kind' | 'name'> | null => {
  const head = headOf(text, reading)
  return head?.verb === 'DROP' ? { kind: head.kind, name: head.name } : null
}
