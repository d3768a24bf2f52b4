import { type Ended, start } from '../process.ts'
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
