import { UserError } from '../errors.ts'
import { callRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import type { Restic } from './open.ts'
import { listSnapshots } from './snapshots.ts'

/**
 * Gives snapshots these tags in place of those they have. restic writes such a snapshot anew: it gets another id, and
 * keeps its time, host and paths. Looks afterwards whether the old ones are gone. Returns the new id by the old one, as
 * far as the snapshot was never written anew before. Throws a UserError.
 */
export const replaceTags = async (
  restic: Restic,
  ids: readonly string[],
  tags: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, string>> => {
  if (ids.length === 0) return new Map()
  const ended = await callRestic(restic, ['tag', '--quiet', '--set', tags.join(), '--', ...ids], options)
  if (ended.exitCode !== 0) throw resticFailure('restic tag', ended, restic.environment, options.signal)
  const present = await listSnapshots(restic, {}, options)
  const unchanged = ids.filter((id) => present.some((snapshot) => snapshot.id === id))
  if (unchanged.length === 0) {
    return new Map(present.flatMap(({ id, original }) => (original === null ? [] : [[original, id] as const])))
  }
  throw new UserError({
    message: `restic was to tag ${ids.length} snapshots as ${tags.join()}, and ${unchanged.length} are as they were`,
    hint: 'An append-only repository is thinned out on its own server; otherwise check the rights on the repository.',
  })
}
