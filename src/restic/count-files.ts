import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Counts what lies at and below these paths: everything but directories, and the bytes of it.
 * restic's own summary counts directories too, and calls files restored that a full disk refused.
 */
export const countFiles = async (paths: readonly string[]): Promise<{ files: number; bytes: number }> => {
  const waiting = [...paths]
  let files = 0
  let bytes = 0
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const found = await lstat(path)
    if (!found.isDirectory()) {
      files += 1
      bytes += found.size
      continue
    }
    for await (const entry of await opendir(path)) waiting.push(join(path, entry.name))
  }
  return { files, bytes }
}
