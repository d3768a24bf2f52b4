import { close, constants, fstat, open, read, type Stats } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { run } from '../process.ts'
import type { Bypass, Take } from './engine.ts'

const openPath = promisify(open)
const statOf = promisify(fstat)
const readFrom = promisify(read)

/** Linux's O_PATH, which Node has no name for: to hold a file without opening it. */
const asPath = 0o10000000
const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

export interface FifoOfContainer {
  /** The first process of the container, by its number here. */
  readonly pid: number
  /** Where it lies in the container. */
  readonly path: string
  /** Its first line. */
  readonly token: string
}

type Environment = Readonly<Record<string, string>>

/** Opens what a client writes. */
export const openOutput = async (fifo: FifoOfContainer, environment: Environment): Promise<Bypass> =>
  outputOf(await openFifo(fifo, environment))

/** Opens what a client reads. An error of it only tells that the client has ended. */
export const openInput = async (fifo: FifoOfContainer, environment: Environment): Promise<Writable> => {
  const fd = await openFifo(fifo, environment)
  try {
    return inputOf(await openPath(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK))
  } finally {
    // Who reads here would keep the writer from learning that the client has ended.
    letGo(fd)
  }
}

/**
 * Opens a FIFO of a container for reading, through the root directory of its first process. The container may be hostile:
 * no link is followed below that root, nothing is opened that is not a private FIFO in a private directory, and `token`,
 * which only whoever was given it can have written into it, is its first line. Throws a sentence when it is not so;
 * never waits, whoever holds the other end.
 */
const openFifo = async ({ pid, path, token }: FifoOfContainer, environment: Environment): Promise<number> => {
  const [folder, fifo] = await hold(`/proc/${pid}/root`, path.split('/').slice(1))
  let fd: number
  try {
    refuseOther(await statOf(folder), await statOf(fifo))
    fd = await openPath(`/proc/self/fd/${fifo}`, O_RDONLY | O_NONBLOCK)
  } finally {
    letGo(folder)
    letGo(fifo)
  }
  const expected = Buffer.from(`${token}\n`)
  const found = Buffer.alloc(expected.length)
  const { bytesRead } = await readFrom(fd, found, 0, found.length, null).catch(() => ({ bytesRead: 0 }))
  if (bytesRead !== found.length || !found.equals(expected)) {
    letGo(fd)
    throw new Error('what the container writes into its FIFO does not arrive here')
  }
  await widen(fd, environment)
  return fd
}

/** Holds the last two of the names below `root`, one step at a time: a link is none of the steps. */
const hold = async (root: string, names: readonly string[]): Promise<[number, number]> => {
  let folder = -1
  let at = await openPath(root, asPath | O_DIRECTORY)
  for (const [i, name] of names.entries()) {
    if (folder >= 0) letGo(folder)
    folder = at
    const kind = i < names.length - 1 ? O_DIRECTORY : 0
    at = await openPath(`/proc/self/fd/${folder}/${name}`, asPath | O_NOFOLLOW | kind).catch((error: Error) => {
      letGo(folder)
      throw error
    })
  }
  return [folder, at]
}

const refuseOther = (folder: Stats, fifo: Stats): void => {
  const isPrivate = (folder.mode & 0o777) === 0o700 && (fifo.mode & 0o777) === 0o600 && folder.uid === fifo.uid
  if (!fifo.isFIFO() || !isPrivate) throw new Error('what stands in the place of its FIFO is something else')
}

const letGo = (fd: number): void => close(fd, () => {})

/** Bytes: as much of a FIFO as the kernel holds for anybody. */
const mostHeld = 1024 * 1024

/** Opens what its first argument names; the other is the size, and 1031 is F_SETPIPE_SZ, which Node cannot ask for. */
const setPipeSize = 'open(F, "+<", $ARGV[0]) && fcntl(F, 1031, 0 + $ARGV[1]) or exit 1'

/**
 * Has the kernel hold more than 64 KiB of the FIFO: on a busy machine the two ends would wait for each other at every turn
 * otherwise. On a host without perl it is only slower.
 */
const widen = async (fd: number, environment: Environment): Promise<void> => {
  const args = ['-e', setPipeSize, `/proc/${process.pid}/fd/${fd}`, String(mostHeld)]
  await run({ file: 'perl', args, env: environment }, { timeout: 5_000, ownSession: true })
}

const inputOf = (fd: number): Writable => {
  const input = new Socket({ fd, readable: false, writable: true })
  input.on('error', () => {
    // A client that ends early closes its end; its exit code tells why.
  })
  return input
}

const outputOf = (fd: number): Bypass => {
  let socket: Socket | null = null
  let closed = false
  return {
    read: (take) =>
      new Promise<void>((resolve, reject) => {
        if (closed) return resolve()
        socket = socketOf(fd, take)
        let failure: Error | null = null
        socket.once('error', (error) => {
          failure = error
        })
        socket.once('close', () => (failure === null ? resolve() : reject(failure)))
        socket.resume()
      }),
    close: () => {
      if (closed) return
      closed = true
      if (socket === null) letGo(fd)
      else socket.destroy()
    },
  }
}

/** One buffer for all reads: a socket makes a new one for each otherwise. */
const socketOf = (fd: number, take: Take): Socket => {
  const buffer = Buffer.allocUnsafeSlow(mostHeld)
  const onData = (length: number): boolean => {
    try {
      const taken = take(buffer.subarray(0, length))
      if (taken === undefined) return true
      taken.then(
        () => socket.resume(),
        (error: Error) => socket.destroy(error),
      )
    } catch (error) {
      socket.destroy(error as Error)
    }
    return false
  }
  // Node's own types know `onread` of connections only.
  const options = { fd, readable: true, writable: false, onread: { buffer, callback: onData } }
  const socket = new Socket(options)
  return socket
}
