import { isObjectStatement, isSessionSetting } from './allowed-statements.ts'
import { beginningOf, describeStatement, headOf } from './object-head.ts'
import { countStatements } from './one-statement.ts'
import type { Reading } from './session-reading.ts'

/**
 * Why a restore does not send this statement among the views, triggers, routines and events of `database`, with the
 * object, as part of a sentence; null when it does. What may be several statements, and may be one, is sent: the server
 * is asked (`objects/refuse-several.ts`). `text` is latin1.
 */
export const whyRefused = (text: string, database: string, reading: Reading): string | null => {
  if (isSessionSetting(text)) return null
  const head = headOf(text, reading)
  if (head === null) return `another statement: ${beginningOf(text)}`
  const what = describeStatement(text, reading)
  if (head.verb === 'CREATE' && head.kind.startsWith('PACKAGE')) return `${what}: packages are not restored`
  if (head.verb === 'CREATE' && head.database !== null && head.database !== database) {
    return `${what}: it belongs to another database than ${database}`
  }
  if (!isObjectStatement(text, database, reading)) return `another statement: ${beginningOf(text)}`
  return countStatements(text, reading) === 'several' ? `more than one statement: ${what} is followed by another` : null
}
