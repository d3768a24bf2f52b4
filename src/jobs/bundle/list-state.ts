import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface StateEntry {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'other'
  readonly bytes: number
  /** `0600`. */
  readonly mode: string
  readonly modified: string
  /** How much lies in a directory whose names are not told. */
  readonly entries?: number
}

/** In these only we make names; in all others lies what was saved or restored. */
const ownFolders = ['staging', 'manifests', 'runs']

/** What lies in the state directory, by names and sizes; of what is restored there nothing but how much it is. */
export const listState = async (stateDir: string): Promise<StateEntry[]> => {
  const listed: StateEntry[] = []
  for (const name of await namesIn(stateDir)) {
    const entry = await describe(stateDir, name)
    if (entry === null) continue
    const within = entry.kind === 'directory' ? await namesIn(join(stateDir, name)) : []
    listed.push(entry.kind === 'directory' ? { ...entry, entries: within.length } : entry)
    if (!ownFolders.includes(name)) continue
    for (const inner of within)
      listed.push(...[await describe(stateDir, join(name, inner))].filter((one) => one !== null))
  }
  return listed
}

const namesIn = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).toSorted()

const describe = async (stateDir: string, path: string): Promise<StateEntry | null> => {
  const found = await lstat(join(stateDir, path)).catch(() => null)
  if (found === null) return null
  return {
    path,
    kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other',
    bytes: found.size,
    mode: (found.mode & 0o7777).toString(8).padStart(4, '0'),
    modified: found.mtime.toISOString(),
  }
}
