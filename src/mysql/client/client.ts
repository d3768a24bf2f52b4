import type { Readable, Writable } from 'node:stream'
import pRetry from 'p-retry'
import type { Credentials, Engine, Much, Take } from '../../engines/engine.ts'
import { type OptionFiles, readOptionFiles } from '../../engines/option-files.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { type Ended, type RunOptions, run, start } from '../../process.ts'
import { kindOf } from '../sql/server-version.ts'
import { clientFailure } from './failures.ts'
import { readBypass, readStream } from './read-output.ts'
import { type SessionOptions, sessionBeginning } from './session.ts'

/** The programs found where the database is: `mariadb`/`mariadb-dump`, or `mysql`/`mysqldump`. */
export interface Programs {
  readonly flavour: 'mariadb' | 'mysql'
  readonly client: string
  readonly dump: string
  /** The dump program's own version line. */
  readonly version: string
}

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
  /** What another program prints where the database is; empty when it fails. */
  output(program: readonly string[]): Promise<string>
  /** Starts the client for a stream of statements; for a long one (`muchInput`) by the fastest way there is. */
  start(program: 'client', args: readonly string[], options?: StartOptions): Promise<RunningClient>
  /** Starts the dump program. */
  startDump(args: readonly string[], options?: RunOptions): Promise<RunningDump>
  /** The same client for another user, whose sessions may be for something else. */
  as(credentials: Credentials, session?: SessionOptions): Client
  /** The same client, whose sessions begin for another purpose. */
  beginning(options: SessionOptions): Client
  /** The same client, whose sessions begin as those of the dump program: with what the server has for all. */
  untouched(): Client
  /** The same client, whose sessions wait for each other: a killed client’s statement goes on in the server. */
  inTurn(): Client
}

const batchOptions = [
  '--batch',
  '--skip-column-names',
  '--default-character-set=utf8mb4',
  // No `\!`, `source` or `system` in what is piped in; only DELIMITER and charset keep working.
  '--binary-mode',
  // Comments inside a routine belong to it; without this the client drops them.
  '--comments',
  '--max-allowed-packet=1G',
]

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
  return clientOf(engine, { programs, optionFiles }, credentials)
}

/** Images since MariaDB 11 have only the `mariadb` names, older ones only the `mysql` names: both are tried. */
const findPrograms = async (engine: Engine, signal: AbortSignal | undefined): Promise<Programs> => {
  const candidates = [
    { client: 'mariadb', dump: 'mariadb-dump' },
    { client: 'mysql', dump: 'mysqldump' },
  ] as const
  let last: Ended | null = null
  for (const candidate of candidates) {
    // Without option files: an option that it does not know would be its end.
    const command = engine.probe([candidate.dump, '--no-defaults', '--version'])
    const result = await run(command, { signal, timeout: 60_000 })
    if (result.exitCode === 0) {
      const version = result.stdout.trim()
      return { ...candidate, version, flavour: kindOf(version) }
    }
    last = result
    if (!engine.mayHaveAnotherName(result.exitCode)) break
  }
  throw clientFailure('Looking for the database client', engine.place, last as Ended)
}

const clientOf = (
  engine: Engine,
  found: { readonly programs: Programs; readonly optionFiles: OptionFiles },
  credentials: Credentials,
  initCommand: string | null = sessionBeginning({ purpose: 'read' }),
): Client => {
  const { programs, optionFiles } = found
  /** With much output nothing but what the engine asks for is written to its standard input. */
  const launch = async (program: 'client' | 'dump', args: readonly string[], options: RunOptions, much?: Much) => {
    const session = program === 'client' && initCommand !== null ? [`--init-command=${initCommand}`] : []
    const command = [programs[program], ...session, ...args]
    const prepared = await engine.prepare(command, credentials, optionFiles.options, much)
    const said: string[] = []
    const openStdin = much !== 'output' || prepared.preamble !== '' || prepared.chooseRoute !== null
    const running = start(prepared.command, {
      ...options,
      ownSession: true,
      openStdin,
      onStderrLine: (line) => {
        if (!prepared.heard(line)) said.push(line)
        if (said.length > 200) said.shift()
      },
    })
    running.stdin?.on('error', () => {
      // A client that ends early closes its stdin; its exit code tells why.
    })
    if (prepared.preamble !== '') running.stdin?.write(prepared.preamble)
    const ended = running.ended.then(async (end) => {
      if (end.aborted || end.timedOut) await prepared.kill()
      await prepared.dispose()
      return { ...end, stderr: said.join('\n') }
    })
    return {
      route: prepared.chooseRoute === null ? null : await prepared.chooseRoute(ended),
      stdin: running.stdin as Writable,
      stdout: running.stdout,
      ended,
      kill: async () => {
        await prepared.kill()
        running.kill('SIGKILL')
      },
    }
  }

  const launchDump = async (args: readonly string[], options: RunOptions): Promise<RunningDump> => {
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

  return {
    programs,
    place: engine.place,
    besideServer: engine.besideServer,
    notes: optionFiles.notes,
    output: async (program) => {
      const { exitCode, stdout } = await run(engine.probe(program), { timeout: 30_000, ownSession: true })
      return exitCode === 0 ? stdout : ''
    },
    as: (other, session) =>
      clientOf(engine, found, other, session === undefined ? initCommand : sessionBeginning(session)),
    beginning: (options) => clientOf(engine, found, credentials, sessionBeginning(options)),
    untouched: () => clientOf(engine, found, credentials, null),
    inTurn: () => clientOf(engine, found, credentials, sessionBeginning({ purpose: 'read', also: takeTurn })),
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
    startDump: (args, options = {}) => launchDump(args, options),
    query: async (sql, { task = 'Asking the database', force = false, ...options } = {}) => {
      const client = await launch('client', [...batchOptions, ...(force ? ['--force'] : [])], options)
      client.stdin.end(sql)
      // A character may be cut in two by the end of a chunk.
      client.stdout.setEncoding('utf8')
      let text = ''
      for await (const chunk of client.stdout) text += chunk
      const end = await client.ended
      if (end.aborted) throw new UserError({ message: `${task}: interrupted`, hint: 'Run again.' })
      if (end.exitCode !== 0 && !(force && end.exitCode === 1)) throw clientFailure(task, engine.place, end)
      return parseBatch(text)
    },
  }
}

const escapes: Record<string, string> = { t: '\t', n: '\n', '0': '\0', '\\': '\\' }

/** Batch output: a row per line, fields separated by tabs, the four special bytes escaped. */
const parseBatch = (text: string): string[][] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t').map((field) => field.replace(/\\([tn0\\])/g, (_, c: string) => escapes[c] ?? c)))
