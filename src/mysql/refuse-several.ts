import { UserError } from '../errors.ts'
import type { Client } from './client.ts'
import { isChangedByClient } from './client-lines.ts'
import { type Envelope, prepared } from './envelope.ts'
import { describeStatement, nameQuotes } from './object-head.ts'

/**
 * Asks the server itself whether each statement is one, where the envelope does not see to that: it is prepared and not
 * executed. A server that cannot prepare such a statement (error 1295) says so when it has read all of it, and one that
 * finds a second statement behind the first calls that an error of syntax (1064). That it has read to the end is proven
 * by another statement that is put there, and must be found. `inputOf` writes the script of `database` with an envelope.
 * Throws a `UserError` that names the first that is refused; nothing is changed.
 */
export const refuseSeveral = async (
  client: Client,
  envelope: Envelope,
  database: string,
  inputOf: (envelope: Envelope) => Buffer,
): Promise<void> => {
  if (envelope === prepared) return
  const statements: string[] = []
  const input = inputOf((statement) => {
    statements.push(statement.toString('latin1'))
    return question(statement)
  })
  if (statements.length === 0) return
  const rows = await client.query(input, { task: 'Asking the database what is one statement', force: true })
  const answers = rows.filter(([mark]) => mark === answer)
  for (const [index, statement] of statements.entries()) {
    const why = isChangedByClient(statement)
      ? 'a line of it begins with DELIMITER, and the client of the database would change it'
      : whyNotOne(answers[index])
    if (why !== null) throw refusal(database, statement, why)
  }
}

const answer = 'seatable_restic_answer'

const question: Envelope = (statement) =>
  Buffer.from(
    [
      `SET @seatable_restic_one = 0, @seatable_restic_more = 0, @seatable_restic_said = ''`,
      `SET @seatable_restic_text = 0x${statement.toString('hex')}`,
      'PREPARE seatable_restic FROM @seatable_restic_text',
      'GET DIAGNOSTICS CONDITION 1 @seatable_restic_one = MYSQL_ERRNO, @seatable_restic_said = MESSAGE_TEXT',
      `SET @seatable_restic_text = CONCAT(@seatable_restic_text, 0x${Buffer.from('\n; DO 0').toString('hex')})`,
      'PREPARE seatable_restic FROM @seatable_restic_text',
      'GET DIAGNOSTICS CONDITION 1 @seatable_restic_more = MYSQL_ERRNO',
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
  new UserError(
    `${describeStatement(statement, nameQuotes)} of ${database} is not taken for one statement: ${why}`,
    'Nothing of it was run. Drop or mend it where it was saved and back up again, or restore with a server of the kind and version that it was saved from.',
  )
