import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDir } from './cache.ts'

/** Runs `work` while no other process on this machine runs work of the same name. */
export const exclusively = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  await mkdir(cacheDir, { recursive: true })
  const holder = spawn('flock', [join(cacheDir, `${name}.lock`), 'sh', '-c', 'echo locked; cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await once(holder.stdout, 'data')
  try {
    return await work()
  } finally {
    holder.stdin.end()
    await once(holder, 'exit')
  }
}
