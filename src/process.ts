import type { Readable, Writable } from 'node:stream'
import { ExecaError, execa } from 'execa'

/** A program to run: never a shell string, never a secret in `args`. `env` is the whole environment it gets. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  /** What the program reads on its standard input; nothing (`/dev/null`) when absent. */
  readonly input?: string | Uint8Array | Readable | undefined
  /** Milliseconds after which the program is killed. */
  readonly timeout?: number | undefined
  /** How an abort asks the program to stop. restic removes its lock on SIGINT in every version, on SIGTERM not in 0.14. */
  readonly killSignal?: NodeJS.Signals | undefined
  /** Out of reach of the terminal's Ctrl-C, which would end the child before we decide what to do. */
  readonly ownSession?: boolean | undefined
  /** It is never killed when it does not stop as asked: what it does must come to an end of its own. */
  readonly patient?: boolean | undefined
}

/**
 * How a program ended. `exitCode` is null when it was killed by `signal` or could not be started (`startError`). `aborted`
 * is true when we were asked to stop and it did not end well: a Ctrl-C of the terminal may have reached it before us.
 */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly startError: 'not found' | 'not executable' | 'other' | null
  readonly aborted: boolean
  readonly timedOut: boolean
  /** The last 16 KiB of what the program said on stderr. */
  readonly stderr: string
}

/**
 * Whether somebody wanted it to stop: a Ctrl-C of the terminal reaches what we run at the same time as us, and its end
 * may be seen first.
 */
export const wasInterrupted = ({ aborted, timedOut, signal, exitCode }: Ended): boolean =>
  aborted || (!timedOut && (signal === 'SIGINT' || signal === 'SIGTERM' || exitCode === 130 || exitCode === 143))

/** What a program said last: with most of them, why they failed. */
export const lastLine = (said: string): string => said.trim().split('\n').at(-1) ?? ''

export interface Finished extends Ended {
  readonly stdout: string
}

export interface Running {
  readonly pid: number | undefined
  readonly stdin: Writable | null
  readonly stdout: Readable
  readonly ended: Promise<Ended>
  kill(signal?: NodeJS.Signals): void
}

const stderrLimit = 16 * 1024
const stdoutLimit = 256 * 1024 * 1024

/**
 * The directory itself, whatever it is called by now: a restore moves directories, and whoever runs it may stand in one of
 * them. Under its old name nothing would be found any more, and no program could be started.
 */
const cwd = '/proc/self/cwd'

/** Starts a program whose output is too large to hold. The caller must read `stdout` to its end; `ended` never rejects. */
export const start = (
  command: Command,
  options: RunOptions & { readonly onStderrLine?: (line: string) => void; readonly openStdin?: boolean } = {},
): Running => {
  const child = execa(command.file, command.args, {
    env: command.env,
    extendEnv: false,
    cwd,
    stdin: options.openStdin ? 'pipe' : stdinOf(options.input),
    ...inputOf(options.input),
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    ...abortOf(options),
  })
  const forget = options.ownSession ? endWholeSession(child.pid, options.signal) : () => {}
  const tail = keepTail(child.stderr, stderrLimit, options.onStderrLine)
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    ended: child.then((result) => {
      forget()
      return { ...endOf(result, options.signal), stderr: tail() }
    }),
    kill: (signal = 'SIGTERM') => {
      child.kill(signal)
    },
  }
}

/**
 * What the program itself has started would otherwise keep its pipes open. The returned function forgets it: once it
 * has ended, its number can be somebody else's.
 */
const endWholeSession = (pid: number | undefined, signal: AbortSignal | undefined): (() => void) => {
  if (pid === undefined) return () => {}
  const end = () => {
    try {
      process.kill(-pid, 'SIGTERM')
    } catch {
      // It has ended already.
    }
  }
  signal?.addEventListener('abort', end, { once: true })
  return () => signal?.removeEventListener('abort', end)
}

/** Runs a program to its end and returns what it said, whatever its exit code: success is for the caller to judge. */
export const run = async (command: Command, options: RunOptions = {}): Promise<Finished> => {
  const result = await execa(command.file, command.args, {
    env: command.env,
    extendEnv: false,
    cwd,
    stdin: stdinOf(options.input),
    ...inputOf(options.input),
    stripFinalNewline: false,
    maxBuffer: stdoutLimit,
    reject: false,
    ...abortOf(options),
  })
  return {
    ...endOf(result, options.signal),
    stdout: result.stdout ?? '',
    stderr: (result.stderr ?? '').slice(-stderrLimit),
  }
}

/** Gives this terminal to a program and returns how it ended. */
export const handOver = async (
  command: Command,
  options: RunOptions & { readonly withoutOutput?: boolean } = {},
): Promise<Ended> => {
  const result = await execa(command.file, command.args, {
    env: command.env,
    extendEnv: false,
    cwd,
    stdio: ['inherit', options.withoutOutput ? 'ignore' : 'inherit', 'inherit'],
    reject: false,
    ...abortOf(options),
  })
  return { ...endOf(result, options.signal), stderr: '' }
}

const stdinOf = (input: RunOptions['input']): 'ignore' | 'pipe' => (input === undefined ? 'ignore' : 'pipe')

const inputOf = (input: RunOptions['input']) => (input === undefined ? {} : { input })

const abortOf = (options: RunOptions) => ({
  ...(options.signal ? { cancelSignal: options.signal } : {}),
  ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  killSignal: options.killSignal ?? ('SIGTERM' as const),
  detached: options.ownSession ?? false,
  // A program that does not stop when asked is killed after this many milliseconds.
  forceKillAfterDelay: options.patient ? (false as const) : 20_000,
})

const endOf = (
  result: {
    exitCode?: number | undefined
    signal?: string | undefined
    isCanceled: boolean
    timedOut: boolean
  } & object,
  signal: AbortSignal | undefined,
): Omit<Ended, 'stderr'> => ({
  exitCode: result.exitCode ?? null,
  signal: result.signal ?? null,
  startError: startErrorOf(result),
  aborted: result.isCanceled || (signal?.aborted === true && result.exitCode !== 0),
  timedOut: result.timedOut,
})

const startErrorOf = (result: object): Ended['startError'] => {
  if (!(result instanceof ExecaError) || result.exitCode !== undefined || result.signal !== undefined) return null
  if (result.isCanceled || result.timedOut) return null
  if (result.code === 'ENOENT') return 'not found'
  return result.code === 'EACCES' ? 'not executable' : 'other'
}

const keepTail = (stream: Readable, limit: number, onLine: ((line: string) => void) | undefined) => {
  let tail = ''
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    tail = (tail + text).slice(-limit)
    if (!onLine) return
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream.on('end', () => {
    if (onLine && rest !== '') onLine(rest)
  })
  return () => tail
}
