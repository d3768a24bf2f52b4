import { isObjectStatement, isSessionSetting } from './allowed-statements.ts'
import { isChangedByClient } from './client-lines.ts'
import { countStatements } from './one-statement.ts'
import type { Reading } from './session-reading.ts'

/**
 * Why a restore does not send this statement among the views, triggers, routines and events of `database`, as the end of
 * a sentence; null when it does. `text` is latin1.
 */
export const whyRefused = (text: string, database: string, reading: Reading): string | null => {
  if (isSessionSetting(text)) return null
  if (!isObjectStatement(text, database)) return `another statement: ${beginningOf(text)}`
  if (isChangedByClient(text)) return `a line that the client takes for a DELIMITER: ${beginningOf(text)}`
  return countStatements(text, reading) === 'one' ? null : `more than one statement: ${beginningOf(text)}`
}

/** Enough to find it, and too little for a password that may stand in it. */
export const beginningOf = (text: string): string => `${text.split(/\s+/).slice(0, 2).join(' ').slice(0, 40)} …`
