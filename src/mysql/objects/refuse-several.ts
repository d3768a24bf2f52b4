import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { prepared, type StatementWrapper, statementWrapperFor } from '../client/single-statement.ts'
import { isSessionSetting } from '../sql/allowed-statements.ts'
import { isChangedByClient } from '../sql/client-lines.ts'
import { describeStatement, nameQuotes } from '../sql/object-head.ts'
import { countStatements } from '../sql/one-statement.ts'
import { SessionReading } from '../sql/session-reading.ts'
import { preambleOfDump } from './script.ts'

/** A dump with its statements that make views, triggers, routines and events, in order: latin1. */
export interface DumpOfObjects {
  readonly name: string
  readonly outline: { readonly objects: readonly string[] }
}

/**
 * Asks the server itself which statements are one, before anything is done: those that we are not sure of, and all of
 * them where its wrapper does not see to it. Each is prepared and not executed. A server that cannot prepare it says so
 * (error 1295) when it has read all of it, and one that finds a second statement behind the first calls that an error of
 * syntax (1064). That it has read to the end is proven by another statement that is put there, and must be found.
 * Throws a `UserError` that names the first that is refused; nothing is changed.
 */
export const refuseSeveral = async (client: Client, dumps: readonly DumpOfObjects[]): Promise<void> => {
  const wrap = await statementWrapperFor(client)
  for (const { name, outline } of dumps) await askAbout(client, name, linesToAsk(outline.objects, wrap), wrap)
}

type Line = { readonly setting: string } | { readonly statement: string }

/** The settings, and the statements that are in doubt; those that set the defaults of a database decide nothing here. */
const linesToAsk = (statements: readonly string[], wrap: StatementWrapper): Line[] => {
  const session = new SessionReading()
  return statements.flatMap((text): Line[] => {
    session.notice(text)
    if (isSessionSetting(text)) return text.startsWith('ALTER') ? [] : [{ setting: text }]
    const isSure = wrap === prepared && countStatements(text, session.current) === 'one'
    return isSure ? [] : [{ statement: text }]
  })
}

const askAbout = async (client: Client, database: string, lines: readonly Line[], wrap: StatementWrapper) => {
  const statements = lines.flatMap((line) => ('statement' in line ? [line.statement] : []))
  if (statements.length === 0) return
  const rows = await client.query(inputOf(lines), { task: 'Asking the database what is one statement', force: true })
  const answers = rows.filter(([mark]) => mark === answer)
  for (const [index, statement] of statements.entries()) {
    const why =
      wrap !== prepared && isChangedByClient(statement)
        ? 'a line of it begins with DELIMITER, and the client of the database would change it'
        : whyNotOne(answers[index])
    if (why !== null) throw refusal(database, statement, why)
  }
}

/** In a database that is always there: nothing is executed, so nothing is made in it. */
const inputOf = (lines: readonly Line[]): Buffer =>
  Buffer.concat([
    // What is said of a statement must all be kept: an error stands behind its warnings.
    Buffer.from(`USE mysql;\n${preambleOfDump}\nSET SESSION max_error_count = 65535;\n`),
    ...lines.map((line) =>
      'setting' in line ? Buffer.from(`${line.setting};\n`, 'latin1') : question(Buffer.from(line.statement, 'latin1')),
    ),
  ])

const answer = 'seatable_restic_answer'

const question: StatementWrapper = (statement) =>
  Buffer.from(
    [
      `SET @seatable_restic_one = 0, @seatable_restic_more = 0, @seatable_restic_said = ''`,
      `SET @seatable_restic_text = 0x${statement.toString('hex')}`,
      'PREPARE seatable_restic FROM @seatable_restic_text',
      'GET DIAGNOSTICS @seatable_restic_last = NUMBER',
      'GET DIAGNOSTICS CONDITION @seatable_restic_last @seatable_restic_one = MYSQL_ERRNO, @seatable_restic_said = MESSAGE_TEXT',
      `SET @seatable_restic_text = CONCAT(@seatable_restic_text, 0x${Buffer.from('\n; DO 0').toString('hex')})`,
      'PREPARE seatable_restic FROM @seatable_restic_text',
      'GET DIAGNOSTICS @seatable_restic_last = NUMBER',
      'GET DIAGNOSTICS CONDITION @seatable_restic_last @seatable_restic_more = MYSQL_ERRNO',
      `SELECT '${answer}', @seatable_restic_one, @seatable_restic_more, @seatable_restic_said`,
      '',
    ].join(';\n'),
  )

const syntaxError = '1064'

/** The server’s words, as the end of a sentence; null for one statement. */
const whyNotOne = ([, one, more, said = ''] = [] as readonly string[]): string | null => {
  if (one === undefined) return 'the database gave no answer'
  // A view whose tables are not there yet is one statement all the same.
  return one !== syntaxError && more === syntaxError ? null : `this server says: ${said === '' ? one : said}`
}

const refusal = (database: string, statement: string, why: string): UserError =>
  new UserError({
    message: `${describeStatement(statement, nameQuotes)} of ${database} is not taken for one statement: ${why}`,
    hint: 'Nothing of it was run. Drop or fix it where it was saved and back up again, or restore with a server of the kind and version that it was saved from.',
  })
