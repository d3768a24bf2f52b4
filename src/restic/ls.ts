import { z } from 'zod'
import { followRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import { readMessage } from './messages.ts'
import type { Restic } from './open.ts'

/** A file, a directory or something else in a snapshot; `type` as restic calls it, `size` in bytes. */
export type Node = z.infer<typeof node>

const node = z.looseObject({ type: z.string(), path: z.string(), size: z.number().default(0) })

/** Hands on what the snapshot holds of these absolute paths, and with `recursive` all below them, in one call of restic. */
export const listNodes = async (
  restic: Restic,
  snapshotId: string,
  paths: readonly string[],
  onNode: (node: Node) => void,
  { recursive = false, signal }: { readonly recursive?: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> => {
  // Without a path restic lists everything.
  if (paths.length === 0) return
  const args = ['ls', '--json', '--no-lock', ...(recursive ? ['--recursive'] : []), '--', snapshotId, ...paths]
  const ended = await followRestic(restic, args, {
    signal,
    onErrorLine: () => {},
    onLine: (line) => {
      const found = readMessage(node, line)
      if (found !== null) onNode(found)
    },
  })
  if (ended.exitCode !== 0) throw resticFailure('restic ls', ended, restic.environment, signal)
}

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
