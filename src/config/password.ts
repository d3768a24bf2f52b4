import { open } from 'node:fs/promises'
import { exitCodes, UserError } from '../errors.ts'
import { type Command, type Finished, type RunOptions, wasInterrupted } from '../process.ts'
import type { PasswordSource } from './config.ts'
import { unreadableIn } from './env-file.ts'

export interface PasswordOptions {
  /** The whole environment of a password command. */
  readonly environment: Readonly<Record<string, string>>
  /** Told when others can read the password file. */
  readonly warn?: (message: string) => void
  readonly signal?: AbortSignal | undefined
}

type Run = (command: Command, options?: RunOptions) => Promise<Finished>

/** Reads the password, without one newline at its end. `null` without a source. Throws a `UserError` (exit code 2) that shows no output. */
export const readPassword = async (
  source: PasswordSource | null,
  run: Run,
  options: PasswordOptions,
): Promise<string | null> => {
  if (source === null) return null
  switch (source.from) {
    case 'value':
      return checked(source.value, 'The database password')
    case 'file':
      return checked(await readFileOf(source.path, options), `The password file ${source.path}`)
    case 'command':
      return checked(await outputOf(source.words, run, options), 'The output of the password command')
  }
}

const checked = (text: string, what: string): string => {
  const password = text.replace(/\r?\n$/, '')
  if (password === '') {
    throw new UserError({
      message: `${what} is empty`,
      hint: 'It must hold the password and nothing else.',
      exitCode: exitCodes.usage,
    })
  }
  if (/[\r\n\0]/.test(password)) {
    throw new UserError({
      message: `${what} has more than one line`,
      hint: 'A password is one line: it must hold the password and nothing else.',
      exitCode: exitCodes.usage,
    })
  }
  const unreadable = unreadableIn(password)
  if (unreadable !== null) {
    throw new UserError({
      message: `${what} ${unreadable}`,
      hint: 'It must hold the password as text in UTF-8, and nothing else.',
      exitCode: exitCodes.usage,
    })
  }
  return password
}

const readFileOf = async (path: string, { warn }: PasswordOptions): Promise<string> => {
  try {
    await using file = await open(path, 'r')
    const { mode } = await file.stat()
    const text = await file.readFile('utf8')
    if ((mode & 0o004) !== 0) warn?.(`The password file ${path} can be read by everyone. Run: chmod 600 '${path}'`)
    return text
  } catch (cause) {
    throw new UserError({
      message: `The password file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      hint: 'Correct SEATABLE_RESTIC_DB_PASSWORD_FILE, or let the user that runs seatable-restic read the file.',
      exitCode: exitCodes.usage,
      cause,
    })
  }
}

const outputOf = async (
  words: readonly string[],
  run: Run,
  { environment, signal }: PasswordOptions,
): Promise<string> => {
  const [file = '', ...args] = words
  const finished = await run({ file, args, env: environment }, { signal, timeout: 60_000 })
  if (finished.exitCode === 0) return finished.stdout
  // Neither its arguments nor its output are shown: both can hold a secret.
  throw new UserError({
    message: `The password command ${endingOf(finished)}`,
    hint: 'Run the command of SEATABLE_RESTIC_DB_PASSWORD_COMMAND by hand, as the user that runs seatable-restic.',
    exitCode: wasInterrupted(finished) ? exitCodes.interrupted : exitCodes.usage,
  })
}

const endingOf = (finished: Finished): string => {
  if (finished.startError !== null) return `could not be started (${finished.startError})`
  if (finished.timedOut) return 'did not end within 60 seconds'
  if (wasInterrupted(finished)) return 'was interrupted'
  return finished.exitCode === null ? `was killed by ${finished.signal}` : `failed with exit code ${finished.exitCode}`
}
