import { readdirSync, readFileSync } from 'node:fs'
import { execa } from 'execa'
import { reading } from './reading.ts'

/** Seconds of processor time that were spent where the database is. */
export interface Spent {
  /** By the server, and whatever it has started. */
  readonly server: number
  /** By clients in its container that have ended. */
  readonly clients: number
  /** By the engine, which carries what clients read and write. */
  readonly engine: number
}

/** What is used on behalf of a program by processes that are none of its children. */
export interface ContainerUse {
  spent(): Spent
  /** Of the clients that run in the container: what they hold in memory, in bytes. */
  clientBytes(): number
}

const pageBytes = 4096

/**
 * A client of an `exec` is a child of the container's shim, as its first process is; the kernel adds to the shim what
 * those that have ended have spent.
 */
export const useOfContainer = async (name: string): Promise<ContainerUse & { readonly pid: number }> => {
  const args = ['inspect', '--type', 'container', '--format', '{{.State.Pid}}', name]
  const first = Number((await execa('docker', args, { stdin: 'ignore' })).stdout)
  const ticks = Number((await execa('getconf', ['CLK_TCK'])).stdout)
  const shim = statOf(first)?.parent
  if (shim === undefined) throw new Error(`the container ${name} is not on this host: its processes cannot be measured`)
  const seconds = (pids: readonly number[], value: (stat: Stat) => number) =>
    pids.map(statOf).reduce((sum, stat) => sum + (stat === undefined ? 0 : value(stat)), 0) / ticks
  return {
    pid: first,
    spent: () => {
      const daemons = namedLike(/^(?:dockerd|containerd)$/)
      return {
        server: seconds(treeOf(first), ({ own, children }) => own + children),
        clients: seconds([shim], ({ children }) => children),
        engine: seconds([shim], ({ own }) => own) + seconds(daemons, ({ own, children }) => own + children),
      }
    },
    clientBytes: () =>
      childrenOf(shim)
        .filter((pid) => pid !== first)
        .flatMap(treeOf)
        .reduce((sum, pid) => sum + residentBytes(pid), 0),
  }
}

interface Stat {
  readonly parent: number
  /** In ticks of the clock. */
  readonly own: number
  /** Of the children that have ended and were waited for. */
  readonly children: number
}

/** The second field is a name in brackets, which may hold anything. */
const statOf = (pid: number): Stat | undefined => {
  const stat = reading(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  if (stat === null) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return { parent: field(4), own: field(14) + field(15), children: field(16) + field(17) }
}

/** Of all its threads: the kernel lists the children of each apart. */
export const childrenOf = (pid: number): number[] => {
  const threads = reading(() => readdirSync(`/proc/${pid}/task`)) ?? []
  return threads.flatMap((thread) =>
    (reading(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')) ?? '')
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  )
}

/** The process and all below it. */
export const treeOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(treeOf)]

export const residentBytes = (pid: number): number =>
  Number((reading(() => readFileSync(`/proc/${pid}/statm`, 'utf8')) ?? '').split(' ')[1] ?? 0) * pageBytes

export const programOf = (pid: number): string =>
  (reading(() => readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? '').trim()

const namedLike = (name: RegExp): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => name.test(programOf(pid)))
