import { link, lstat, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { packTar } from 'modern-tar'
import { exitCodes, UserError } from '../../errors.ts'
import { syncDirectory } from '../../sync-directory.ts'

/** Throws (exit code 2) when something of that name is there. */
export const refuseExisting = async (path: string): Promise<void> => {
  const isFree = await lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
  if (isFree) return
  throw new UserError({
    message: `${path} exists already, or cannot be reached; no file is replaced`,
    hint: 'Name a new file, in a directory that you can write.',
    exitCode: exitCodes.usage,
  })
}

/** Writes files by their names into a new archive that nobody else can read. It is there whole, or not at all. */
export const writeArchive = async (path: string, files: ReadonlyMap<string, string>, now: Date): Promise<void> => {
  const entries = [...files].map(([name, text]) => {
    const body = Buffer.from(text)
    return { header: { name, size: body.length, mode: 0o600, mtime: now, type: 'file' as const }, body }
  })
  const archive = await promisify(gzip)(await packTar(entries))
  const partial = `${path}.partial`
  try {
    const file = await open(partial, 'wx', 0o600)
    try {
      await file.writeFile(archive)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike a rename, this never takes the place of a file that came meanwhile.
    await link(partial, path)
    await rm(partial)
    await syncDirectory(dirname(path))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // One that lay there before is not ours to remove.
    if (code !== 'EEXIST') await rm(partial, { force: true }).catch(() => {})
    throw new UserError({
      message: `${path} could not be written: ${message}`,
      hint: 'Name a new file, in a directory that you can write and that has room.',
      cause: error,
    })
  }
}
