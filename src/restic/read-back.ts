import { dirname } from 'node:path'
import { isWithin } from '../paths.ts'
import { type Ended, start } from '../process.ts'
import { resticFailure } from './failures.ts'
import type { Restic } from './open.ts'

/**
 * Folders below which all of these paths lie, and nothing else that `saved` (the paths a snapshot was made of) names:
 * each is a restic of its own.
 */
export const commonFolders = (paths: readonly string[], saved: readonly string[]): string[] => {
  const others = saved.filter((path) => !paths.includes(path))
  const folders: string[] = []
  for (const path of paths) {
    const merged = folders.map((folder) => commonFolder(folder, path))
    const at = merged.findIndex((folder) => !others.some((other) => isWithin(other, folder) || isWithin(folder, other)))
    if (at < 0) folders.push(path)
    else folders[at] = merged[at] as string
  }
  return folders
}

const commonFolder = (one: string, other: string): string =>
  isWithin(other, one) ? one : commonFolder(dirname(one), other)

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
