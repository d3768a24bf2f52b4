import { readFile } from 'node:fs/promises'

/** The directory of a repository on this host, as restic is told it; null for one that is reached in another way, or none. */
export const localRepository = async (environment: Readonly<Record<string, string>>): Promise<string | null> => {
  const file = environment.RESTIC_REPOSITORY_FILE ?? ''
  const named = file === '' ? environment.RESTIC_REPOSITORY : await readFile(file, 'utf8').catch(() => '')
  const path = (named ?? '').trim().replace(/^local:/, '')
  return path === '' || /^[a-z0-9]+:/.test(path) ? null : path
}
