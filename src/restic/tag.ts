import { UserError } from '../errors.ts'
import { callRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import type { Restic } from './restic.ts'
import { listSnapshots } from './snapshots.ts'

/**
 * Gives snapshots one tag in place of those they have. restic writes such a snapshot anew: it gets another id, and keeps
 * its time, host and paths. Looks afterwards whether the old ones are gone. Throws a UserError.
 */
export const replaceTags = async (
  restic: Restic,
  ids: readonly string[],
  tag: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> => {
  if (ids.length === 0) return
  const ended = await callRestic(restic, ['tag', '--quiet', '--set', tag, '--', ...ids], options)
  if (ended.exitCode !== 0) throw resticFailure('restic tag', ended, restic.environment, options.signal)
  const present = new Set((await listSnapshots(restic, {}, options)).map(({ id }) => id))
  const unchanged = ids.filter((id) => present.has(id))
  if (unchanged.length === 0) return
  throw new UserError(
    `restic was to tag ${ids.length} snapshots as ${tag}, and ${unchanged.length} are as they were`,
    'An append-only repository is thinned out on its own server; otherwise check the rights on the repository.',
  )
}
