import { readdir, readFile, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isWithin } from '../paths.ts'

/** Programs that go on by themselves when we are killed. */
const programs = ['restic', 'rm', 'cp']

/**
 * Ends what a killed run has left at work in directories that are ours alone: a restic that still fills one, a rm that
 * still empties one. The next run would share the place with them.
 */
export const endOrphans = async (directories: readonly string[]): Promise<void> => {
  const places = new Set(directories)
  for (const directory of directories) places.add(await realpath(directory).catch(() => directory))
  // restic gives up its lock on SIGINT.
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    let orphans = await orphansIn([...places])
    for (const pid of orphans) end(pid, signal)
    for (let left = looks; orphans.length > 0 && left > 0; left--) {
      await pause(betweenLooksMs)
      orphans = await orphansIn([...places])
    }
    if (orphans.length === 0) return
  }
}

/** How often a process that was told to end is looked for, and how long after one another. */
const looks = 60
const betweenLooksMs = 50

const orphansIn = async (places: readonly string[]): Promise<number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found: number[] = []
  for (const pid of pids) {
    // A process that has ended meanwhile has no arguments any more.
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    // A wrapper script comes after its interpreter.
    const isOne = args.slice(0, 2).some((arg) => programs.includes(basename(arg)))
    const isThere = args.some((arg) => places.some((place) => isWithin(arg, place)))
    if (isOne && isThere) found.push(pid)
  }
  return found
}

const end = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}
