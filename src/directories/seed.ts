import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Command, run } from '../process.ts'
import { removeTrees } from './remove.ts'

/**
 * Copies a live directory to where it is restored, by reflink: it takes no room and next to no time, and restic then
 * fetches only what differs. False, and nothing there, where the filesystem cannot. Never by hard links: restic would
 * alter the owner and times of the live files.
 */
export const seedByReflink = async (
  live: string,
  aside: string,
  environment: Readonly<Record<string, string>>,
): Promise<boolean> => {
  await mkdir(dirname(aside), { recursive: true, mode: 0o700 })
  if (!(await canReflink(dirname(aside), environment))) return false
  const result = await run(reflinkCopy(live, aside, environment), { ownSession: true })
  if (result.exitCode === 0) return true
  await removeTrees([aside], environment)
  return false
}

/** Tried with one small file: cp would try and fail for every file of the tree. */
const canReflink = async (folder: string, environment: Readonly<Record<string, string>>): Promise<boolean> => {
  const [from, to] = [join(folder, 'reflink-from'), join(folder, 'reflink-to')]
  await writeFile(from, 'x'.repeat(4096))
  const result = await run(reflinkCopy(from, to, environment), { ownSession: true })
  await rm(from, { force: true })
  await rm(to, { force: true })
  return result.exitCode === 0
}

const reflinkCopy = (from: string, to: string, env: Readonly<Record<string, string>>): Command => ({
  file: 'cp',
  args: ['--archive', '--reflink=always', '--no-target-directory', '--', from, to],
  env,
})
