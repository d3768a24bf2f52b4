import { UserError } from '../errors.ts'
import { callRestic } from './call-restic.ts'
import { repositoryName, resticFailure, saysNoRepository } from './failures.ts'
import { readMessage, repositoryConfig } from './messages.ts'
import type { Restic } from './open.ts'

interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** How long the repository may take to answer. */
  readonly timeoutSeconds?: number | undefined
}

const answerSeconds = 60

/** Creates the repository, only when restic says that there is none: never after another error. */
export const initRepository = async (
  restic: Restic,
  options: CallOptions = {},
): Promise<{ readonly created: boolean; readonly id: string }> => {
  const existing = await repositoryId(restic, options)
  if (existing !== null) return { created: false, id: existing }
  const ended = await callRestic(restic, ['init'], { signal: options.signal })
  if (ended.exitCode !== 0) throw resticFailure('restic init', ended, restic.environment, options.signal)
  const id = await repositoryId(restic, options)
  if (id !== null) return { created: true, id }
  throw new UserError({
    message: `restic init succeeded, but there is no repository at ${repositoryName(restic.environment)}`,
    hint: 'Check RESTIC_REPOSITORY and the storage behind it.',
  })
}

/** The id of the repository; null when there is none. Throws a UserError when restic cannot tell. */
export const repositoryId = async (restic: Restic, options: CallOptions = {}): Promise<string | null> => {
  const ended = await callRestic(restic, ['cat', 'config', '--no-lock'], {
    signal: options.signal,
    timeoutSeconds: options.timeoutSeconds ?? answerSeconds,
  })
  if (saysNoRepository(ended)) return null
  if (ended.exitCode !== 0) throw resticFailure('restic cat config', ended, restic.environment, options.signal)
  const config = readMessage(repositoryConfig, ended.stdout)
  if (config) return config.id
  throw new UserError({
    message: `restic did not show the configuration of the repository at ${repositoryName(restic.environment)}`,
    hint: 'Run it yourself: `seatable-restic restic -- cat config`.',
  })
}
