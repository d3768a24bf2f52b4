import { UserError } from '../errors.ts'
import { isWithin } from '../paths.ts'
import { callRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import { listNodes, type Node } from './ls.ts'
import { readMessage, sizeOfSnapshot } from './messages.ts'
import type { Restic } from './open.ts'
import type { Snapshot } from './snapshots.ts'

interface Size {
  readonly count: number
  readonly bytes: number
}

/** How many files a snapshot holds, and how many bytes they have. Since restic 0.17 the snapshot says it itself. */
export const sizeOf = async (
  restic: Restic,
  snapshot: Pick<Snapshot, 'id' | 'summary'>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Size> => {
  if (snapshot.summary !== null) return { count: snapshot.summary.files, bytes: snapshot.summary.bytes }
  const args = ['stats', '--json', '--no-lock', '--mode', 'restore-size', '--', snapshot.id]
  const ended = await callRestic(restic, args, options)
  if (ended.exitCode !== 0) throw resticFailure('restic stats', ended, restic.environment, options.signal)
  const size = readMessage(sizeOfSnapshot, ended.stdout)
  if (size === null) {
    throw new UserError({
      message: 'restic stats did not say how large the snapshot is',
      hint: 'Run it yourself: `seatable-restic restic -- stats --json`.',
    })
  }
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
