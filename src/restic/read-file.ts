import { callRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import type { Restic } from './open.ts'

/**
 * The text of one small file of a snapshot, read without a lock; null when the snapshot has no such path.
 * Throws a UserError when restic cannot read it.
 */
export const readSnapshotFile = async (
  restic: Restic,
  snapshotId: string,
  path: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string | null> => {
  const ended = await callRestic(restic, ['dump', '--no-lock', '--', snapshotId, path], options)
  if (ended.exitCode === 0) return ended.stdout
  // Exit code 1, with 0.14 2.
  if (ended.exitCode !== null && /path ".*" not found in snapshot/s.test(ended.stderr)) return null
  throw resticFailure('restic dump', ended, restic.environment, options.signal)
}
