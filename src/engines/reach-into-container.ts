import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, type Finished, run } from '../process.ts'
import { identityIn, type Option } from './connection-options.ts'
import type { Credentials, Reach, Reached } from './engine.ts'
import { ownPasswordInto } from './own-password.ts'

/** What runs a program in the container. */
type Exec = (program: readonly string[]) => Command
type Inside = (program: readonly string[]) => Promise<Finished>

/** The kernel’s limit for the path of a socket. */
const longestPath = 107

/**
 * How this process comes to the socket of a container’s server, through the root directory of its first process, which has
 * that number here.
 */
export const reachIntoContainer = async (
  pidHere: Promise<number>,
  exec: Exec,
  credentials: Credentials,
  files: readonly Option[],
  { socket }: Reached,
): Promise<Reach | string> => {
  const pid = await pidHere
  const inside: Inside = (program) => run(exec(program), { timeout: 30_000, ownSession: true })
  const who = identityIn({ files, credentials, anyUser: false })
  if (who === null) return 'the option files give more than one password'
  if (!socket.startsWith('/')) return 'the server has no socket'
  const whyNot = await whyNotHere(pid, inside)
  if (whyNot !== null) return whyNot
  const path = await pathBelow(`/proc/${pid}/root`, socket)
  if (path === null) return `its socket ${socket} is not seen from here`
  if (Buffer.byteLength(path) > longestPath) return `the path of its socket is too long: ${path}`
  const password = who.password ?? (await ownPassword(inside))
  return { at: { socket: path }, user: credentials.user, password, tls: null }
}

/** A number of a process is one only on its own machine, and in its own namespace. */
const whyNotHere = async (pid: number, inside: Inside): Promise<string | null> => {
  const boot = '/proc/sys/kernel/random/boot_id'
  const { exitCode, stdout } = await inside(['sh', '-c', `cat ${boot} && readlink /proc/self/ns/mnt`])
  const here = await Promise.all([readFile(boot, 'utf8'), readlink(`/proc/${pid}/ns/mnt`)]).catch(() => null)
  if (exitCode !== 0 || here === null) return 'its processes are not seen from here'
  return stdout.trim() === `${here[0].trim()}\n${here[1]}` ? null : 'it runs on another machine'
}

const mostLinks = 20

/** The path of a socket in a container, as it is seen here: what a link in it means is found below `root`. Null: none. */
const pathBelow = async (root: string, path: string): Promise<string | null> => {
  let [done, left]: [string[], string[]] = [[], namesIn(path)]
  for (let links = 0; left.length > 0; ) {
    const name = left.shift() as string
    if (name === '..') {
      done.pop()
      continue
    }
    const here = join(root, ...done, name)
    const found = await lstat(here).catch(() => null)
    if (found === null) return null
    if (!found.isSymbolicLink()) {
      done.push(name)
      if (left.length === 0) return found.isSocket() ? here : null
      continue
    }
    if (++links > mostLinks) return null
    const target = await readlink(here).catch(() => '')
    if (target.startsWith('/')) done = []
    left = [...namesIn(target), ...left]
  }
  return null
}

const namesIn = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.')

/** What the official images were told, as a client in the container is given it. */
const ownPassword = async (inside: Inside): Promise<string> => {
  const script = `${ownPasswordInto('password')}
printf %s "$password"`
  return (await inside(['sh', '-c', script])).stdout
}
