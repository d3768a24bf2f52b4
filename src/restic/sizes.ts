import { z } from 'zod'
import { UserError } from '../errors.ts'
import { callRestic, followRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import { readMessage } from './messages.ts'
import type { Restic } from './restic.ts'

/** How many files a snapshot holds, and how many bytes they have. */
export const sizeOf = async (
  restic: Restic,
  snapshotId: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<{ count: number; bytes: number }> => {
  const args = ['stats', '--json', '--no-lock', '--mode', 'restore-size', '--', snapshotId]
  const ended = await callRestic(restic, args, options)
  if (ended.exitCode !== 0) throw resticFailure('restic stats', ended, restic.environment, options.signal)
  const found = /"total_size":(\d+)/.exec(ended.stdout)
  const files = /"total_file_count":(\d+)/.exec(ended.stdout)
  if (!found?.[1] || !files?.[1]) {
    throw new UserError(
      'restic stats did not say how large the snapshot is',
      'Run it yourself: `seatable-restic restic -- stats --json`.',
    )
  }
  return { count: Number(files[1]), bytes: Number(found[1]) }
}

const node = z.looseObject({ type: z.literal('file'), size: z.number().default(0) })

/** The same for some of its paths, each with all below it. */
export const sizeOfPaths = async (
  restic: Restic,
  snapshotId: string,
  paths: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<{ count: number; bytes: number }> => {
  const total = { count: 0, bytes: 0 }
  if (paths.length === 0) return total
  const ended = await followRestic(restic, ['ls', '--json', '--no-lock', '--recursive', '--', snapshotId, ...paths], {
    signal: options.signal,
    onErrorLine: () => {},
    onLine: (line) => {
      const file = readMessage(node, line)
      if (file === null) return
      total.count += 1
      total.bytes += file.size
    },
  })
  if (ended.exitCode !== 0) throw resticFailure('restic ls', ended, restic.environment, options.signal)
  return total
}
