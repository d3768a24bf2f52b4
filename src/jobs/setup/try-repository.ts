import { exitCodes, UserError } from '../../errors.ts'
import { repositoryId } from '../../restic/init.ts'
import { openRestic } from '../../restic/open.ts'

/** What answers where snapshots are to be kept: nothing yet, a repository that this password opens, or another one. */
export type RepositoryFound = 'none' | 'opens' | 'other password'

const seconds = 30

/** Asks the place itself, and changes nothing there. Throws what restic says when it does not answer. */
export const tryRepository = async (
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<RepositoryFound> => {
  try {
    const restic = await openRestic(environment, { signal })
    return (await repositoryId(restic, { signal, timeoutSeconds: seconds })) === null ? 'none' : 'opens'
  } catch (error) {
    if (error instanceof UserError && error.exitCode === exitCodes.wrongPassword) return 'other password'
    throw error
  }
}
