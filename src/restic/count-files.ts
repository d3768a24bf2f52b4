import { lstat, readdir } from 'node:fs/promises'

/**
 * Counts what lies at and below these paths: everything but directories, and the bytes of it.
 * restic's own summary counts directories too, and calls files restored that a full disk refused.
 */
export const countFiles = async (paths: readonly string[]): Promise<{ files: number; bytes: number }> => {
  // As bytes: a name need not be UTF-8.
  const waiting = paths.map((path) => Buffer.from(path))
  let files = 0
  let bytes = 0
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const found = await lstat(path)
    if (!found.isDirectory()) {
      files += 1
      bytes += found.size
      continue
    }
    const directory = Buffer.concat([path, Buffer.from('/')])
    for (const name of await readdir(path, { encoding: 'buffer' })) waiting.push(Buffer.concat([directory, name]))
  }
  return { files, bytes }
}
