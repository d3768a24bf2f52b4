import { link, lstat, open, rename, rm } from 'node:fs/promises'
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
    // One that lies there already is somebody else's.
    const file = await open(partial, 'wx', 0o600)
    try {
      await file.writeFile(archive)
      await file.sync()
      await publishNew(partial, path)
    } finally {
      await file.close()
      await rm(partial, { force: true })
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError({
      message: `${path} could not be written: ${(error as Error).message}`,
      hint: 'Name a new file, in a directory that you can write and that has room.',
      cause: error,
    })
  }
}

/** Unlike a rename, a link never takes the place of a file that came meanwhile. */
const publishNew = async (partial: string, path: string): Promise<void> => {
  try {
    await link(partial, path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') await refuseExisting(path)
    // Some filesystems have no links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error
    await refuseExisting(path)
    await rename(partial, path)
  }
  await syncDirectory(dirname(path))
}
