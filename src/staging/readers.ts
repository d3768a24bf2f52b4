import { readdir, readFile } from 'node:fs/promises'

/**
 * The processes that run restic on a path, by their command lines in /proc: while there is one, what lies at the path
 * must not change. Wrappers give restic the staging area by name.
 */
export const resticReading = async (path: string): Promise<number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const reading = await Promise.all(pids.map(async (pid) => (await readsPath(pid, path)) && pid))
  return reading.filter((pid): pid is number => pid !== false)
}

const readsPath = async (pid: number, path: string): Promise<boolean> => {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  return /(^|\/)restic$/.test(words[0] ?? '') && words.includes('backup') && words.includes(path)
}
