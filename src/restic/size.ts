import { isWithin } from '../paths.ts'
import { listNodes, type Node } from './ls.ts'
import type { Restic } from './open.ts'
import type { Snapshot } from './snapshots.ts'

interface Size {
  readonly count: number
  readonly bytes: number
}

/**
 * How many files a snapshot holds, and how many bytes they have, as its backup counted them. Since restic 0.17 the snapshot
 * says it itself; `restic stats` counts directories too.
 */
export const sizeOf = async (
  restic: Restic,
  snapshot: Pick<Snapshot, 'id' | 'summary'>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Size> => {
  if (snapshot.summary !== null) return { count: snapshot.summary.files, bytes: snapshot.summary.bytes }
  const size = { count: 0, bytes: 0 }
  const add = (node: Node) => {
    if (node.type !== 'file') return
    size.count += 1
    size.bytes += node.size
  }
  await listNodes(restic, snapshot.id, ['/'], add, { ...options, recursive: true })
  return size
}

/** The bytes of some of its paths, each with all below it, in their order: one call of restic for all of them. */
export const bytesOfPaths = async (
  restic: Restic,
  snapshotId: string,
  paths: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<number[]> => {
  const bytes = paths.map(() => 0)
  const add = (node: Node) => {
    if (node.type !== 'file') return
    paths.forEach((path, index) => {
      if (isWithin(node.path, path)) bytes[index] = (bytes[index] ?? 0) + node.size
    })
  }
  await listNodes(restic, snapshotId, paths, add, { ...options, recursive: true })
  return bytes
}
