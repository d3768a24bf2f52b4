import { readdir, readFile, readlink } from 'node:fs/promises'
import { resolve } from 'node:path'

/**
 * The processes that run `restic backup` on a path, by their command lines in /proc: while there is one, what lies at
 * the path must not change. Wrappers give restic the staging area by name. A backup of the whole host is none of them:
 * no snapshot of it is taken for one of SeaTable.
 */
export const resticReading = async (path: string): Promise<number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const reading = await Promise.all(pids.map(async (pid) => (await readsPath(pid, path)) && pid))
  return reading.filter((pid): pid is number => pid !== false)
}

const readsPath = async (pid: number, path: string): Promise<boolean> => {
  const [program = '', ...words] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  // Some wrappers bring a restic of their own, with its version in its name.
  if (!/(^|\/)restic([-_.]?v?\d[^/]*)?$/.test(program) || !words.includes('backup')) return false
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '/')
  return words.some((word) => word !== '' && resolve(directory, word) === path)
}
