import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import type { Ended } from '../process.ts'
import { maskSecrets } from './mask-secrets.ts'
import { exitErrorMessage, itemErrorMessage, readMessage } from './messages.ts'

interface Kind {
  /** restic's own exit code: since 0.17, 12 since 0.17.1 (https://restic.readthedocs.io/en/stable/075_scripting.html). */
  readonly code?: number
  /** What 0.14 says instead, with exit code 1 for everything. */
  readonly said?: RegExp
  readonly message: (repository: string, said: string) => string
  readonly hint: string
  readonly exitCode: ExitCode
}

const isAbsent =
  /unable to open config file.*(no such file or directory|does(n't| not) exist|does not have file|NoSuchKey|NoSuchBucket|\b404\b).*Is there a repository at the following location/s

const isUnreachable =
  /dial (tcp|udp|unix)|connection refused|connection reset|no such host|i\/o timeout|network is unreachable|no route to host|TLS handshake|x509:|unable to start the sftp session|context deadline exceeded|502 Bad Gateway|503 Service Unavailable/i

const isWrongArgument = /invalid argument ".*" for "-|flag --[\w-]+ (has|must|needs|is) |check flag --/

const kinds: readonly Kind[] = [
  {
    said: isWrongArgument,
    message: (_repository, said) => `restic does not take this value: ${lineWith(said, isWrongArgument)}`,
    hint: 'Correct the option or the setting it comes from (a KEEP setting for `forget`).',
    exitCode: exitCodes.usage,
  },
  {
    code: 10,
    said: isAbsent,
    message: (repository) => `There is no restic repository at ${repository}`,
    hint: 'Create it with `seatable-restic init`. If there should be one: is its disk mounted, is RESTIC_REPOSITORY right?',
    exitCode: exitCodes.noRepository,
  },
  {
    code: 11,
    said: /repository is already locked/,
    message: (repository, said) => `The restic repository at ${repository} is locked${holderOf(said)}`,
    hint: 'Wait for that process to end. If it no longer runs, remove its lock: `seatable-restic restic -- unlock`.',
    exitCode: exitCodes.locked,
  },
  {
    code: 12,
    said: /wrong password or no key found/,
    message: (repository) => `The password does not open the restic repository at ${repository}`,
    hint: 'Check RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND and RESTIC_PASSWORD: the first two win over the third.',
    exitCode: exitCodes.wrongPassword,
  },
  {
    said: /no space left on device|disk quota exceeded|insufficient storage/i,
    message: (_repository, said) =>
      `The disk is full: ${lineWith(said, /no space left|quota exceeded|insufficient storage/i)}`,
    hint: 'Free some space there and run it again. What was already in the repository is unharmed.',
    exitCode: exitCodes.failed,
  },
  {
    said: /unable to remove snapshot|failed to remove one or more snapshots|Remove\(<(snapshot|lock)\/.*(403|Forbidden)/i,
    message: (repository) => `The restic repository at ${repository} refuses to delete`,
    hint: 'An append-only repository is thinned out on its own server; otherwise check the rights on the repository.',
    exitCode: exitCodes.failed,
  },
  {
    said: isUnreachable,
    message: (repository, said) =>
      `The restic repository at ${repository} cannot be reached: ${withoutRetry(lineWith(said, isUnreachable))}`,
    hint: 'Check RESTIC_REPOSITORY, the network and that the storage runs, then try again.',
    exitCode: exitCodes.failed,
  },
  {
    said: /permission denied|operation not permitted|AccessDenied|Access Denied|403 Forbidden|401 Unauthorized/i,
    message: (repository, said) => `restic was refused access (repository ${repository}): ${lastWords(said)}`,
    hint: 'Run this as a user that may read and write there (usually root), and check the credentials of the storage.',
    exitCode: exitCodes.failed,
  },
  {
    // 0.19 ends here, older ones warn and go on: then what they end with is told instead.
    said: /^(?!.*Fatal: ).*unable to (open|locate) cache/s,
    message: (_repository, said) => `restic cannot use its cache: ${lineWith(said, /unable to (open|locate) cache/)}`,
    hint: 'Set RESTIC_CACHE_DIR to a directory that this user can write, for example /var/cache/restic.',
    exitCode: exitCodes.failed,
  },
]

/**
 * The error for a restic that did not do its work, whatever its version. `action` names the call ("restic backup").
 * The words are those of restic's last fatal line; no secret of `environment` and no URL credential is in them.
 */
export const resticFailure = (
  action: string,
  ended: Ended,
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal | undefined,
): UserError => {
  const stop = ended.timedOut ? null : stopOf(action, ended, signal)
  if (stop) return stop
  const said = maskSecrets(wordsOf(ended.stderr), environment)
  const kind = kinds.find((each) => each.code === ended.exitCode) ?? kinds.find((each) => each.said?.test(said))
  if (kind) return new UserError(kind.message(repositoryName(environment), said), kind.hint, kind.exitCode)
  if (ended.timedOut) return noAnswer(action, environment)
  const words = lastWords(said)
  return new UserError(
    `${action} failed with exit code ${ended.exitCode}${words === '' ? '' : `: ${words}`}`,
    'Look at the repository with restic itself: `seatable-restic restic -- snapshots`.',
  )
}

/** True when restic found that there is no repository, and not when it only could not look. */
export const saysNoRepository = (ended: Ended): boolean =>
  ended.exitCode === exitCodes.noRepository || (ended.exitCode === 1 && isAbsent.test(ended.stderr))

/** The repository as a person may see it. */
export const repositoryName = (environment: Readonly<Record<string, string>>): string => {
  const repository = environment.RESTIC_REPOSITORY ?? ''
  // A password may hold a slash, which no URL parser takes for a part of it.
  if (repository !== '') return repository.replace(/:\/\/.*@/, '://***@')
  return `the place named in ${environment.RESTIC_REPOSITORY_FILE ?? 'RESTIC_REPOSITORY_FILE'}`
}

/** How restic was kept from ending by itself, if it was. */
const stopOf = (action: string, ended: Ended, signal: AbortSignal | undefined): UserError | null => {
  if (ended.startError !== null) return startFailure(ended.startError)
  if (ended.aborted || signal?.aborted || ended.exitCode === exitCodes.interrupted) return interruption(action, signal)
  if (ended.exitCode !== null) return null
  return new UserError(
    `${action} was killed by ${ended.signal ?? 'an unknown signal'}`,
    'When nobody killed it, the memory was short: see `dmesg`. Then run it again.',
  )
}

const startFailure = (startError: NonNullable<Ended['startError']>) =>
  startError === 'not found'
    ? new UserError(
        'restic is not installed: no program of that name is on the PATH',
        'Install it (`apt-get install restic`), 0.17.1 or later if you can: https://restic.readthedocs.io/en/stable/020_installation.html',
      )
    : new UserError(
        'restic cannot be started: the file on the PATH is not a program this user may run',
        'Look at it with `ls -l "$(command -v restic)"`.',
      )

const interruption = (action: string, signal: AbortSignal | undefined): UserError =>
  signal?.reason instanceof UserError
    ? signal.reason
    : new UserError(`${action} was interrupted`, 'Run it again when you are ready.', exitCodes.interrupted)

const noAnswer = (action: string, environment: Readonly<Record<string, string>>) =>
  new UserError(
    `${action} got no answer from the repository at ${repositoryName(environment)}`,
    'Check RESTIC_REPOSITORY, the network and that the storage runs, then try again.',
  )

/** What restic said of itself on stderr: the text of its JSON `exit_error`, and not what it said of single files. */
const wordsOf = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => readMessage(itemErrorMessage, line) === null)
    .map((line) => readMessage(exitErrorMessage, line)?.message ?? line)
    .join('\n')

/** The last fatal line, else the last line; 0.19 puts a stack trace behind some, which is left out. */
const lastWords = (said: string): string => {
  const lines = said
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '' && !/^\s|^(main|runtime)\.|^github\.com\//.test(line))
  const fatal = lines.findLast((line) => line.startsWith('Fatal: '))
  return (fatal ?? lines.at(-1) ?? '').replace(/^(Fatal: )+/, '').slice(0, 500)
}

const lineWith = (said: string, pattern: RegExp): string =>
  (said.split('\n').findLast((line) => pattern.test(line)) ?? '').replace(/^(Fatal: )+/, '').slice(0, 500)

/** Without `Stat(<config/>) returned error, retrying after 1.5s: `. */
const withoutRetry = (line: string): string => line.replace(/^.*retrying after [\d.]+\w+: /, '')

const holderOf = (said: string): string => {
  const holder = /already locked (exclusively )?by (PID \d+ on .+? by \S+)/.exec(said)
  const since = /lock was created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/.exec(said)
  return `${holder ? ` by ${holder[2]}` : ''}${since ? ` since ${since[1]}` : ''}`
}
