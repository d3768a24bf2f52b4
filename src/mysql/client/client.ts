import type { Readable, Writable } from 'node:stream'
import pRetry from 'p-retry'
import type { Credentials, Engine, Reach, Reached, Take } from '../../engines/engine.ts'
import { type OptionFiles, readOptionFiles } from '../../engines/option-files.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { type Ended, type RunOptions, run } from '../../process.ts'
import { quoteName } from '../sql/quote.ts'
import { batchOptions, parseBatch } from './batch.ts'
import { clientFailure } from './failures.ts'
import { type Launch, launcherOf } from './launch.ts'
import { findPrograms, type Programs } from './programs.ts'
import { lastingQuestions, type Questions } from './questions.ts'
import { readBypass, readStream } from './read-output.ts'
import { type SessionOptions, sessionBeginning } from './session.ts'

export interface RunningClient {
  /** By which way what is written to `stdin` goes, for people; null when there is only one. */
  readonly route: string | null
  readonly stdin: Writable
  readonly stdout: Readable
  readonly ended: Promise<Ended>
  /** Ends the client wherever it runs. */
  kill(): Promise<void>
}

export interface RunningDump {
  /** By which way the dump comes, for people; null when there is only one. */
  readonly route: string | null
  /** Hands on what the client writes, to its end. Rejects with what `take` throws. To be called once. */
  read(take: Take): Promise<void>
  readonly ended: Promise<Ended>
  /** Ends the client wherever it runs. */
  kill(): Promise<void>
}

export interface QueryOptions extends RunOptions {
  /** What an error says was being done. */
  readonly task?: string
  /** Goes on after a statement that fails, and ends well. */
  readonly force?: boolean
}

export interface AskOptions extends Pick<QueryOptions, 'task' | 'force' | 'signal'> {
  /** In which a name is meant that says no database. */
  readonly database?: string
}

/** What can be asked of a session that is open for others too: it changes nothing, neither in the server nor in the session. */
export type Question = `SELECT ${string}` | `SHOW ${string}`

export interface StartOptions extends RunOptions {
  readonly muchInput?: boolean
}

export interface Client {
  readonly programs: Programs
  readonly place: string
  /** True when programs run where the server is; see `output`. */
  readonly besideServer: boolean
  /** What is to be told about reading the option files, as sentences. */
  readonly notes: readonly string[]
  /** Runs statements and returns the rows of all their results, as text; NULL is the text `NULL`. */
  query(sql: string | Buffer, options?: QueryOptions): Promise<string[][]>
  /**
   * Asks, and returns the rows of all answers. Many questions go through one session, which is open for a while; a
   * `force` goes on after a question that is refused.
   */
  ask(questions: Question | readonly Question[], options?: AskOptions): Promise<string[][]>
  /** Ends the session that questions have left open, if there is one. The next question begins another. */
  hangUp(): Promise<void>
  /** What another program prints where the database is; empty when it fails. */
  output(program: readonly string[]): Promise<string>
  /** Starts the client for a stream of statements; for a long one (`muchInput`) by the fastest way there is. */
  start(program: 'client', args: readonly string[], options?: StartOptions): Promise<RunningClient>
  /** Starts the dump program. */
  startDump(args: readonly string[], options?: RunOptions): Promise<RunningDump>
  /** How this process comes to the same server by itself, as the same user; or why it cannot, as the end of a sentence. */
  reach(reached: Reached): Promise<Reach | string>
  /** The same client for another user, whose sessions may be for something else. */
  as(credentials: Credentials, session?: SessionOptions): Client
  /** The same client, whose sessions begin for another purpose. */
  beginning(options: SessionOptions): Client
  /** The same client, whose sessions begin as those of the dump program: with what the server has for all. */
  untouched(): Client
  /** The same client, whose sessions wait for each other: a killed client’s statement goes on in the server. */
  inTurn(): Client
}

/** The server's own lock, which ends with the session that holds it. */
const turn = 'seatable_restic_turn'

const turnSeconds = 300

const takeTurn = `@seatable_restic_turn = GET_LOCK('${turn}', ${turnSeconds})`

/**
 * Waits until no statement of a killed client runs any more; so many `attempts`, a second apart, has a server that is
 * being restarted. `client` takes turns.
 */
export const awaitTurn = async (client: Client, attempts: number): Promise<void> => {
  const ask = () => client.query('SELECT @seatable_restic_turn', { task: 'Waiting for earlier statements' })
  const [[gotTurn] = []] = await pRetry(ask, { retries: attempts - 1, minTimeout: 1000, factor: 1 })
  if (gotTurn === '1') return
  throw new UserError({
    message: `A statement of an earlier run has gone on in the database for ${turnSeconds} seconds`,
    hint: 'SHOW FULL PROCESSLIST names it. End it, then run again.',
  })
}

/** Finds the clients where the database is and returns a way to use them. Throws when there are none. */
export const openClient = async (engine: Engine, credentials: Credentials, signal?: AbortSignal): Promise<Client> => {
  const programs = await findPrograms(engine, signal)
  const optionFiles = await readOptionFiles(engine, programs, signal)
  if (optionFiles.hidesPassword && credentials.password === null && engine.passwordIsInOptionFiles) {
    throw new UserError({
      message: `The password that the option files of ${engine.place} give cannot be read: there is no my_print_defaults, and ${programs.client} does not tell it`,
      hint: 'Give it in SEATABLE_RESTIC_DB_PASSWORD, _FILE or _COMMAND, or install my_print_defaults (it comes with the server’s programs).',
      exitCode: exitCodes.usage,
    })
  }
  const found = { engine, programs, optionFiles }
  const beginning = sessionBeginning({ purpose: 'read' })
  const questions = lastingQuestions(launcherOf(engine, found, credentials, beginning))
  return clientOf({ ...found, questions }, credentials, { purpose: 'read' }, questions.ask)
}

interface Found {
  readonly engine: Engine
  readonly programs: Programs
  readonly optionFiles: OptionFiles
  /** Shared by all clients of this place. */
  readonly questions: Questions
}

/** Its sessions begin for this purpose; null: as those of the dump program. `ask` answers what it can at less cost. */
const clientOf = (
  found: Found,
  credentials: Credentials,
  session: SessionOptions | null,
  ask: Questions['ask'] = async () => null,
): Client => {
  const { engine, programs, optionFiles, questions } = found
  const launch = launcherOf(engine, found, credentials, session && sessionBeginning(session))

  return {
    programs,
    place: engine.place,
    besideServer: engine.besideServer,
    notes: optionFiles.notes,
    output: async (program) => {
      const { exitCode, stdout } = await run(engine.probe(program), { timeout: 30_000, ownSession: true })
      return exitCode === 0 ? stdout : ''
    },
    reach: (reached) => engine.reach(credentials, optionFiles.options, reached),
    as: (other, itsSession) => clientOf(found, other, itsSession ?? session),
    beginning: (options) => clientOf(found, credentials, options),
    untouched: () => clientOf(found, credentials, null),
    inTurn: () => clientOf(found, credentials, { purpose: 'read', also: takeTurn }, asksInTurn(ask)),
    hangUp: questions.hangUp,
    start: async (program, args, { muchInput = false, ...options } = {}) => {
      const much = muchInput ? 'input' : undefined
      const { route, stdin, ...running } = await launch(program, [...batchOptions, ...args], options, much)
      if (route !== null) stdin.write(route.answer)
      const input = route?.input ?? null
      if (input !== null) {
        stdin.end()
        // Whatever else holds the other end, nobody waits for it.
        running.ended.then(() => input.destroy())
      }
      return { ...running, stdin: input ?? stdin, route: route?.description ?? null }
    },
    startDump: (args, options = {}) => startDump(launch, args, options),
    query: (sql, options = {}) => query(launch, engine.place, sql, options),
    ask: async (asked, { database, ...options } = {}) => {
      if (asked.length === 0) return []
      const [before, after] = database === undefined ? ['', ''] : [`USE ${quoteName(database)};\n`, `;\n${elsewhere}`]
      const sql = before + [asked].flat().map(alone).join(';\n')
      const rows = await ask(sql + after, options.signal)
      // What is refused is asked again: a client of its own says why.
      return rows ?? query(launch, engine.place, sql, options)
    },
  }
}

/** A question that is not followed by anything else: nothing but a question gets into the session. */
const alone = (question: Question): Question => {
  const bare = question.replace(/`[^`]*`|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/gs, '')
  if (!/^(?:SELECT|SHOW)\b/.test(bare) || /[;'"`]/.test(bare)) throw new Error(`not a question alone: ${question}`)
  return question
}

/** What is asked next finds no name of ours there. */
const elsewhere = 'USE information_schema'

/** As if each session had taken the turn: what waits for it must not wait for one that is idle. */
const asksInTurn =
  (ask: Questions['ask']): Questions['ask'] =>
  async (sql, signal) => {
    const inTurn = [`SELECT GET_LOCK('${turn}', ${turnSeconds})`, sql, `SELECT RELEASE_LOCK('${turn}')`]
    return (await ask(inTurn.join(';\n'), signal))?.slice(1, -1) ?? null
  }

/** Waits for the end of the client, and reads all that it prints. */
const query = async (
  launch: Launch,
  place: string,
  sql: string | Buffer,
  { task = 'Asking the database', force = false, ...options }: QueryOptions,
): Promise<string[][]> => {
  const client = await launch('client', [...batchOptions, ...(force ? ['--force'] : [])], options)
  client.stdin.end(sql)
  // A character may be cut in two by the end of a chunk.
  client.stdout.setEncoding('utf8')
  let text = ''
  for await (const chunk of client.stdout) text += chunk
  const end = await client.ended
  if (end.aborted) throw new UserError({ message: `${task}: interrupted`, hint: 'Run again.' })
  if (end.exitCode !== 0 && !(force && end.exitCode === 1)) throw clientFailure(task, place, end)
  return parseBatch(text)
}

const startDump = async (launch: Launch, args: readonly string[], options: RunOptions): Promise<RunningDump> => {
  const { route, stdin, stdout, ended, kill } = await launch('dump', args, options, 'output')
  stdin?.end(route?.answer)
  const output = route?.output ?? null
  return {
    route: route?.description ?? null,
    read: (take) => (output === null ? readStream(stdout, take) : readBypass(output, stdout, ended, take)),
    ended,
    kill,
  }
}
