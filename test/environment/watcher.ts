import { Worker } from 'node:worker_threads'

/** What is looked at, again and again, while something else works. */
export interface Watched {
  /** In no command line of this machine, and in no file that others can read. */
  readonly secrets: readonly string[]
  /** Folders in which nobody but the owner may read a dump or a secret. */
  readonly folders: readonly string[]
}

export interface Findings {
  /** What must not be, as lines a person can read. */
  readonly found: readonly string[]
  /** How often everything was looked at. */
  readonly rounds: number
  /** How many private files with a dump or a secret were seen: none, and the watcher looked at the wrong place. */
  readonly privateFiles: number
}

/** Looks, in a thread of its own and with pauses of milliseconds, until `stop` is called. */
export const startWatcher = async (watched: Watched): Promise<{ stop(): Promise<Findings> }> => {
  const stopped = new SharedArrayBuffer(4)
  const worker = new Worker(new URL('./watch.mjs', import.meta.url), { workerData: { ...watched, stopped } })
  const findings = new Promise<Findings>((resolve, reject) => {
    worker.once('error', reject)
    worker.on('message', (message: 'ready' | Findings) => {
      if (message !== 'ready') resolve(message)
    })
  })
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', () => resolve())
  })
  return {
    stop: () => {
      Atomics.store(new Int32Array(stopped), 0, 1)
      return findings
    },
  }
}
