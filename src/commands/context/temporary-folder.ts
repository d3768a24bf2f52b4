import { access, constants, stat } from 'node:fs/promises'
import type { Config } from '../../config/config.ts'
import { exitCodes, UserError } from '../../errors.ts'

/**
 * TMPDIR is where restic packs, where the clients of the database sort, and where we put option files: each would fail in
 * its own words. Throws (exit code 2) when it names what cannot be used.
 */
export const refuseUnusableTemporaryFolder = async ({ environment }: Config): Promise<void> => {
  for (const path of new Set([environment.tools.TMPDIR, environment.restic.TMPDIR])) {
    if (path === undefined || path === '') continue
    const why = await whyUnusable(path)
    if (why === null) continue
    throw new UserError({
      message: `TMPDIR names ${path}, which ${why}`,
      hint: 'Set TMPDIR to a directory that this user can write, or unset it: then it is /tmp.',
      exitCode: exitCodes.usage,
    })
  }
}

const whyUnusable = async (path: string): Promise<string | null> => {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? 'unknown')
  if (typeof found === 'string') return found === 'ENOENT' ? 'does not exist' : `cannot be reached (${found})`
  if (!found.isDirectory()) return 'is no directory'
  return access(path, constants.W_OK | constants.X_OK).then(
    () => null,
    () => 'this user cannot write',
  )
}
