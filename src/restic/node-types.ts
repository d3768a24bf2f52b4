import { listNodes } from './ls.ts'
import type { Restic } from './open.ts'

/** What each of these absolute paths is in a snapshot, as restic calls it: `dir`, `file`, `symlink`, …; absent ones are left out. */
export const nodeTypes = async (
  restic: Restic,
  snapshotId: string,
  paths: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, string>> => {
  const types = new Map<string, string>()
  const note = ({ path, type }: { path: string; type: string }) => {
    if (paths.includes(path)) types.set(path, type)
  }
  await listNodes(restic, snapshotId, paths, note, options)
  return types
}
