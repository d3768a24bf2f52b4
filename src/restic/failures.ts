import { exitCodes, UserError } from '../errors.ts'
import { type Ended, wasInterrupted } from '../process.ts'
import { isAbsent, kinds, wrongSettings } from './failure-kinds.ts'
import { maskSecrets } from './mask-secrets.ts'
import { lastWords, wordsOf } from './stderr.ts'

const isRepositoryFileUnread = /^(Fatal: )?(.+ does not exist|(open|read) .+: (permission denied|is a directory))$/m

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
  const kind =
    wrongSettings.find((each) => each.said?.test(said)) ??
    kinds.find((each) => each.code === ended.exitCode) ??
    kinds.find((each) => each.said?.test(said))
  if (kind) {
    const repository = repositoryName(environment)
    const hint = typeof kind.hint === 'string' ? kind.hint : kind.hint(repository)
    return new UserError({ message: kind.message(repository, said), hint, exitCode: kind.exitCode })
  }
  const unread = environment.RESTIC_REPOSITORY_FILE ? isRepositoryFileUnread.exec(said)?.[2] : undefined
  if (unread?.includes(environment.RESTIC_REPOSITORY_FILE ?? '')) return unreadRepositoryFile(unread)
  if (ended.timedOut) return noAnswer(action, environment)
  const words = lastWords(said)
  return new UserError({
    message: `${action} failed with exit code ${ended.exitCode}${words === '' ? '' : `: ${words}`}`,
    hint: 'Look at the repository with restic itself: `seatable-restic restic -- snapshots`.',
  })
}

const unreadRepositoryFile = (why: string): UserError =>
  new UserError({
    message: `The file of RESTIC_REPOSITORY_FILE cannot be read: ${why}`,
    hint: 'Correct RESTIC_REPOSITORY_FILE, or let this user read the file.',
    exitCode: exitCodes.usage,
  })

/** True when restic found that there is no repository, and not when it only could not look. */
export const saysNoRepository = (ended: Ended): boolean =>
  !wrongSettings.some(({ said }) => said?.test(wordsOf(ended.stderr))) &&
  (ended.exitCode === exitCodes.noRepository || (ended.exitCode === 1 && isAbsent.test(ended.stderr)))

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
  if (wasInterrupted(ended) || signal?.aborted) return interruption(action, signal)
  if (ended.exitCode !== null) return null
  return new UserError({
    message: `${action} was killed by ${ended.signal ?? 'an unknown signal'}`,
    hint: 'When nobody killed it, the memory was short: see `dmesg`. Then run it again.',
  })
}

const startFailure = (startError: NonNullable<Ended['startError']>) =>
  startError === 'not found'
    ? new UserError({
        message: 'restic is not installed: no program of that name is on the PATH',
        hint: 'Install it (`apt-get install restic`), 0.17.1 or later if you can: https://restic.readthedocs.io/en/stable/020_installation.html',
      })
    : new UserError({
        message: 'restic cannot be started: the file on the PATH is not a program this user may run',
        hint: 'Look at it with `ls -l "$(command -v restic)"`.',
      })

const interruption = (action: string, signal: AbortSignal | undefined): UserError =>
  signal?.reason instanceof UserError
    ? signal.reason
    : new UserError({
        message: `${action} was interrupted`,
        hint: 'Run it again when you are ready.',
        exitCode: exitCodes.interrupted,
      })

const noAnswer = (action: string, environment: Readonly<Record<string, string>>) =>
  new UserError({
    message: `${action} got no answer from the repository at ${repositoryName(environment)}`,
    hint: 'Check RESTIC_REPOSITORY, the network and that the storage runs, then try again.',
  })
