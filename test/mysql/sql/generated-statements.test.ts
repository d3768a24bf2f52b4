import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countStatements } from '../../../src/mysql/sql/one-statement.ts'
import { type Reading, usual } from '../../../src/mysql/sql/session-reading.ts'
import { StatementReader } from '../../../src/mysql/sql/statement-reader.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'
import { seededRandom } from '../../fixture/random.ts'
import { type Dice, Grammar, type Session, sessions } from '../../fixture/statement-grammar.ts'

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
const syntaxError = '1064'

interface Asked {
  readonly session: Session
  readonly text: string
}

const withAnother = ({ session, text }: Asked): Asked => ({ session, text: `${text}\n; DROP USER x` })
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const count = ({ session, text }: Asked) => countStatements(latin1(text), readingOf(session))
const readingOf = ({ ansiQuotes, backslashEscapes }: Session): Reading => ({ ...usual, ansiQuotes, backslashEscapes })

await describeWith('mariadb', `statements from a grammar, TEST_SEED=${seed}`, () => {
  let folder: string
  let server: MariaDB
  const random = seededRandom(seed)
  const dice: Dice = (below) => Math.floor(random() * below)
  const accepted: Asked[] = []

  /** The error numbers that the server has for them, 0 for none: it prepares each and runs none. */
  const errorsOf = async (asked: readonly Asked[]): Promise<string[]> => {
    const input = asked.flatMap(({ session, text }) => [
      `SET @n = 0, sql_mode = '${session.sqlMode}', @t = 0x${Buffer.from(text).toString('hex')}`,
      'PREPARE s FROM @t',
      'GET DIAGNOSTICS CONDITION 1 @n = MYSQL_ERRNO',
      'SELECT @n',
    ])
    const args = ['--no-defaults', `--socket=${server.socket}`, '--user=root', '--batch', '-N', '--force', 'mysql']
    const { stdout } = await execa('mariadb', args, { input: input.join(';\n'), reject: false, stderr: 'ignore' })
    return stdout.split('\n')
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-grammar-'))
    server = await startMariaDB({ dir: join(folder, 'db') })
    const made = Array.from({ length: 1500 }, (): Asked => {
      const session = sessions[dice(sessions.length)] as Session
      return { session, text: new Grammar(dice, session).statement() }
    })
    const errors = await errorsOf(made)
    // Where it stops for another reason it has not read to the end, and finds nothing there.
    const behind = await errorsOf(made.map(withAnother))
    accepted.push(...made.filter((_, index) => errors[index] !== syntaxError && behind[index] === syntaxError))
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('are mostly taken by the server', () => {
    expect(accepted.length).toBeGreaterThan(700)
  })

  test('are one when the server takes them for one', () => {
    expect(accepted.filter((one) => count(one) !== 'one')).toEqual([])
  })

  test('are not one with another behind them, which the server finds too', () => {
    expect(accepted.map(withAnother).filter((one) => count(one) === 'one')).toEqual([])
  })

  test('are never one when the server would run a part of them by itself', async () => {
    const spoiled = accepted.map(({ session, text }) => {
      const at = dice(text.length)
      return {
        session,
        text: text.slice(0, at) + [';', '; END;', "'", ' END ', ' BEGIN ', '*/', '"'][dice(7)] + text.slice(at),
      }
    })
    const errors = await errorsOf(spoiled)
    const suspects = spoiled.filter((one, index) => errors[index] === syntaxError && count(one) === 'one')
    // A part that ends in a comment to the end of the line is whole for the server, and stands in no statement of its own.
    const parts = suspects.flatMap(({ session, text }) =>
      [...text.matchAll(/;/g)].map(({ index }) => ({ session, text: text.slice(0, index), whole: text })),
    )
    const whole = await errorsOf(parts)
    const runs = parts.filter(
      ({ text }, index) =>
        whole[index] !== syntaxError && !/(?:#|--\s)[^\n]*$/.test(text.slice(text.lastIndexOf('\n') + 1)),
    )
    expect(runs).toEqual([])
  })

  test('are read whole out of a dump', () => {
    for (const { session, text } of accepted) {
      const seen: string[] = []
      const reader = new StatementReader({ row: () => {}, comment: () => {}, statement: (found) => seen.push(found) })
      const last = text.endsWith('\n') ? '' : '\n'
      reader.write(
        Buffer.from(`SET sql_mode = '${session.sqlMode}';\nDELIMITER ;;\n${text}${last};;\nDELIMITER ;\nDO 1;\n`),
      )
      reader.end()
      expect(seen).toEqual([expect.any(String), latin1(text).replace(/[ \t\r\n]+$/, ''), 'DO 1'])
    }
  })
})
