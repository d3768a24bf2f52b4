import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes, UserError } from './errors.ts'
import { start } from './process.ts'

export interface Lock {
  release(): Promise<void>
}

/**
 * One run at a time. The kernel holds the lock (flock(1)) for a child that ends with us, however we end: no crash
 * leaves it stuck. `who` is what another run is told. Throws (exit code 11) while somebody holds it.
 */
export const takeLock = async (
  stateDir: string,
  who: { readonly command: string; readonly pid: number; readonly since: Date },
  environment: Readonly<Record<string, string>>,
  name = 'lock',
): Promise<Lock> => {
  const path = join(stateDir, name)
  const holder = start(
    { file: 'flock', args: ['--nonblock', path, 'cat'], env: environment },
    { openStdin: true, ownSession: true },
  )
  holder.stdin?.on('error', () => {
    // flock ended at once: its exit code tells why.
  })
  // cat answers only when flock has the lock.
  holder.stdin?.write('locked\n')
  const locked = await firstBytes(holder.stdout)
  if (!locked) {
    const ended = await holder.ended
    if (ended.startError !== null) {
      throw new UserError({ message: 'The program flock was not found', hint: 'Install util-linux.' })
    }
    if (ended.exitCode === 1 && ended.stderr.trim() === '') throw await lockedBy(path)
    throw new UserError({
      message: `The lock ${path} cannot be taken: ${ended.stderr.trim()}`,
      hint: 'Is the state directory there, and may this user write to it?',
    })
  }
  // Without it another run cannot tell whose the lock is, which a full disk must not turn into a failure.
  await writeFile(path, `${who.command} (process ${who.pid}, since ${who.since.toISOString()})\n`).catch(() => {})
  return {
    release: async () => {
      holder.stdin?.end()
      await holder.ended
    },
  }
}

const firstBytes = (stream: NodeJS.ReadableStream): Promise<boolean> =>
  new Promise((resolve) => {
    stream.once('data', () => resolve(true))
    stream.once('end', () => resolve(false))
    stream.once('error', () => resolve(false))
  })

const lockedBy = async (path: string): Promise<UserError> => {
  const holder = (await readFile(path, 'utf8').catch(() => '')).trim()
  return new UserError({
    message: `Another run is at work here${holder === '' ? '' : `: ${holder}`}`,
    hint: 'Wait until it has ended; the lock goes with it.',
    exitCode: exitCodes.locked,
  })
}

/** Whose a lock is, by the kernel's list: to try it would keep a run that begins just now from its work. Null: nobody's. */
export const lockHolder = async (path: string): Promise<string | null> => {
  const file = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (file === null) return null
  const locks = await readFile('/proc/locks', 'utf8')
  const isHeld = locks.split('\n').some((line) => / FLOCK .*:(\d+) 0 EOF$/.exec(line)?.[1] === String(file.ino))
  return isHeld ? (await readFile(path, 'utf8')).trim() : null
}
