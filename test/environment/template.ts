import { createHash } from 'node:crypto'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { cacheDir } from './cache.ts'
import { exclusively } from './exclusively.ts'

/**
 * Puts a copy of a folder at `target` which takes long to make and is always the same: made once by `make`, then kept.
 * `madeOf` is all that it depends on.
 */
export const copyTemplate = async (
  kind: string,
  madeOf: readonly string[],
  target: string,
  make: (folder: string) => Promise<unknown>,
): Promise<void> => {
  const key = createHash('sha256').update(JSON.stringify(madeOf)).digest('hex').slice(0, 12)
  const template = join(cacheDir, kind, key)
  if (!(await exists(template))) {
    await exclusively(kind, async () => {
      if (await exists(template)) return
      const partial = `${template}.partial`
      await rm(partial, { recursive: true, force: true })
      await mkdir(dirname(partial), { recursive: true })
      await make(partial)
      await rename(partial, template)
    })
  }
  await mkdir(dirname(target), { recursive: true })
  await execa('cp', ['--archive', '--sparse=always', '--no-target-directory', template, target])
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
