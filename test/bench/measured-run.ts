import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readlinkSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { type ContainerUse, programOf, residentBytes, type Spent, treeOf } from './container-use.ts'
import { reading } from './reading.ts'

export interface MeasuredRun {
  /** From the start to the end. */
  readonly seconds: number
  readonly cpu: CpuSeconds
  /** The largest resident set of a Node process in it, in bytes; 0 when none was seen. */
  readonly peakBytes: number
  /** The most that all processes of it held at a time, in bytes, its clients in the container too; but for restic. */
  readonly peakTogetherBytes: number
  readonly stdout: string
  /** The lines of stderr, each with the seconds after the start at which it came. */
  readonly said: readonly Said[]
}

/** User and system time, in seconds. */
export interface CpuSeconds {
  /** Of the program, of what it has started, and of the container engine for both. */
  readonly programs: number
  /** Of the database server meanwhile. */
  readonly server: number
}

export interface Said {
  readonly at: number
  readonly line: string
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Where the database is that it works with. */
  readonly container: ContainerUse
}

/** A program that hangs, as old releases of mydumper do now and then, takes its own measure with it and no other. */
const longestMs = 30 * 60_000

/** Runs a program to its end and measures it from outside. Throws when its exit code is not 0, with what it said. */
export const measuredRun = async (
  command: readonly string[],
  { env, signal, container }: RunOptions,
): Promise<MeasuredRun> => {
  signal.throwIfAborted()
  const before = container.spent()
  const began = performance.now()
  const child = spawn('sh', ['-c', tellTimes, 'sh', ...command], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended with all its children.
    detached: true,
  })
  const end = () => endGroup(child)
  signal.addEventListener('abort', end, { once: true })
  let isLate = false
  const limit = setTimeout(() => {
    isLate = true
    end()
  }, longestMs)
  const peak = watchPeak(child, container)
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
    if (isLate) throw new Error(`${command.join(' ')} did not end within ${longestMs / 60_000} minutes`)
    if (exitCode !== 0) throw failure(command, exitCode, said)
    const cpu = cpuOf(childrenTime(told), before, container.spent())
    return { seconds, cpu, ...peak.found(), stdout, said }
  } finally {
    clearTimeout(limit)
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

const cpuOf = (own: number, before: Spent, after: Spent): CpuSeconds => ({
  programs: own + after.clients - before.clients + after.engine - before.engine,
  server: after.server - before.server,
})

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

/**
 * The kernel keeps the highest mark of a process, so that only what is allocated in the last moment is missed. Of what
 * several hold together nobody keeps one: a short peak may be missed.
 */
const watchPeak = ({ pid }: ChildProcess, container: ContainerUse) => {
  let [peakBytes, peakTogetherBytes] = [0, 0]
  const look = () => {
    const all = pid === undefined ? [] : treeOf(pid)
    for (const each of all) if (isNode(each)) peakBytes = Math.max(peakBytes, highWaterMark(each))
    const here = all.filter((each) => programOf(each) !== 'restic').map(residentBytes)
    peakTogetherBytes = Math.max(
      peakTogetherBytes,
      here.reduce((sum, bytes) => sum + bytes, container.clientBytes()),
    )
  }
  const timer = setInterval(look, lookEveryMs)
  return { found: () => ({ peakBytes, peakTogetherBytes }), stop: () => clearInterval(timer) }
}

const isNode = (pid: number): boolean => reading(() => readlinkSync(`/proc/${pid}/exe`)) === process.execPath

const highWaterMark = (pid: number): number => {
  const status = reading(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? ''
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}
