import { z } from 'zod'
import { followRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import { readMessage } from './messages.ts'
import type { Restic } from './restic.ts'

const node = z.looseObject({ type: z.string(), path: z.string() })

/** What each of these absolute paths is in a snapshot, as restic calls it: `dir`, `file`, `symlink`, …; absent ones are left out. */
export const nodeTypes = async (
  restic: Restic,
  snapshotId: string,
  paths: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, string>> => {
  const types = new Map<string, string>()
  if (paths.length === 0) return types
  const ended = await followRestic(restic, ['ls', '--json', '--no-lock', '--', snapshotId, ...paths], {
    signal: options.signal,
    onErrorLine: () => {},
    onLine: (line) => {
      const found = readMessage(node, line)
      if (found !== null && paths.includes(found.path)) types.set(found.path, found.type)
    },
  })
  if (ended.exitCode !== 0) throw resticFailure('restic ls', ended, restic.environment, options.signal)
  return types
}
