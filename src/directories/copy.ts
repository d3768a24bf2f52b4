import { mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../errors.ts'
import { run } from '../process.ts'

/** Moves a tree, or copies it with everything about it where it lies on another filesystem. */
export const copyTree = async (
  from: string,
  to: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const moved = await rename(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EXDEV') return false
      throw error
    },
  )
  if (moved) return
  const args = ['--archive', '--reflink=auto', '--no-target-directory', '--', from, to]
  const result = await run({ file: 'cp', args, env: environment }, { ownSession: true })
  if (result.exitCode === 0) return
  throw new UserError({
    message: `${from} could not be copied to ${to}: ${result.stderr.trim().split('\n')[0] ?? ''}`,
    hint: 'Nothing live was touched. Is there room?',
  })
}
