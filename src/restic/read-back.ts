import { UserError } from '../errors.ts'
import { type Ended, start } from '../process.ts'
import { callRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import type { Restic } from './restic.ts'

/**
 * Reads paths of a snapshot back from the repository and throws the bytes away: restic decrypts every piece and proves
 * it against its SHA-256. Nothing is written. Throws a `UserError` at the first piece that is damaged or missing.
 */
export const readBack = async (
  restic: Restic,
  snapshotId: string,
  paths: readonly string[],
  options: { readonly onProgress?: (bytes: number) => void; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> => {
  let bytes = 0
  for (const path of paths) {
    const running = start(
      {
        file: 'restic',
        args: ['dump', '--no-lock', '--archive', 'tar', '--', snapshotId, path],
        env: restic.environment,
      },
      { signal: options.signal, killSignal: 'SIGINT' },
    )
    for await (const chunk of running.stdout) {
      bytes += (chunk as Buffer).length
      options.onProgress?.(bytes)
    }
    const ended: Ended = await running.ended
    if (ended.exitCode !== 0) throw resticFailure('restic dump', ended, restic.environment, options.signal)
  }
}

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
