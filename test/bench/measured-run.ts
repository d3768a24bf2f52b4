import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readlinkSync } from 'node:fs'
import { text } from 'node:stream/consumers'

export interface MeasuredRun {
  /** From the start to the end. */
  readonly seconds: number
  /** User and system time of the program and of those of its children that it waited for; nothing inside a container. */
  readonly cpuSeconds: number
  /** The largest resident set of a Node process in it, in bytes; 0 when none was seen. */
  readonly peakBytes: number
  readonly stdout: string
  /** The lines of stderr, each with the seconds after the start at which it came. */
  readonly said: readonly Said[]
}

export interface Said {
  readonly at: number
  readonly line: string
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Runs a program to its end and measures it from outside. Throws when its exit code is not 0, with what it said. */
export const measuredRun = async (command: readonly string[], { env, signal }: RunOptions): Promise<MeasuredRun> => {
  signal.throwIfAborted()
  const began = performance.now()
  const child = spawn('sh', ['-c', tellTimes, 'sh', ...command], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended with all its children.
    detached: true,
  })
  const end = () => endGroup(child)
  signal.addEventListener('abort', end, { once: true })
  const peak = watchPeak(child)
  try {
    const [, out, err, times] = child.stdio
    const said = linesOf(err as NodeJS.ReadableStream, began)
    const [stdout, told, [exitCode]] = await Promise.all([
      text(out as NodeJS.ReadableStream),
      text(times as NodeJS.ReadableStream),
      once(child, 'close') as Promise<[number | null]>,
    ])
    const seconds = (performance.now() - began) / 1000
    signal.throwIfAborted()
    if (exitCode !== 0) throw failure(command, exitCode, said)
    return { seconds, cpuSeconds: childrenTime(told), peakBytes: peak.bytes(), stdout, said }
  } finally {
    peak.stop()
    signal.removeEventListener('abort', end)
  }
}

const tellTimes = `"$@" 3>&-
status=$?
times >&3
exit "$status"`

/** The second line of the shell's `times` is that of its children: `0m1.250000s 0m0.310000s`. */
const childrenTime = (told: string): number => {
  const [, children = ''] = told.split('\n')
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0)
}

const linesOf = (stream: NodeJS.ReadableStream, began: number): Said[] => {
  const said: Said[] = []
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const at = (performance.now() - began) / 1000
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) said.push({ at, line })
  })
  return said
}

const failure = (command: readonly string[], exitCode: number | null, said: readonly Said[]): Error => {
  const last = said.slice(-10).map(({ line }) => line)
  return new Error(`${command.join(' ')} ended with exit code ${exitCode ?? 'none'}:\n${last.join('\n')}`)
}

const patience = 20_000

const endGroup = ({ pid, exitCode }: ChildProcess): void => {
  if (pid === undefined || exitCode !== null) return
  signalGroup(pid, 'SIGTERM')
  setTimeout(() => signalGroup(pid, 'SIGKILL'), patience).unref()
}

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended by itself.
  }
}

const lookEveryMs = 20

/** The kernel keeps the highest mark of a process, so that only what is allocated in the last moment is missed. */
const watchPeak = ({ pid }: ChildProcess): { bytes(): number; stop(): void } => {
  let peak = 0
  const look = () => {
    for (const each of pid === undefined ? [] : descendantsOf(pid)) {
      if (isNode(each)) peak = Math.max(peak, highWaterMark(each))
    }
  }
  const timer = setInterval(look, lookEveryMs)
  return { bytes: () => peak, stop: () => clearInterval(timer) }
}

const descendantsOf = (pid: number): number[] => {
  const children = reading(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')) ?? ''
  const pids = children.split(' ').filter((word) => word !== '')
  return pids.flatMap((word) => [Number(word), ...descendantsOf(Number(word))])
}

const isNode = (pid: number): boolean => reading(() => readlinkSync(`/proc/${pid}/exe`)) === process.execPath

const highWaterMark = (pid: number): number => {
  const status = reading(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? ''
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

/** What is looked at may be gone in the next moment. */
const reading = (read: () => string): string | null => {
  try {
    return read()
  } catch {
    return null
  }
}
