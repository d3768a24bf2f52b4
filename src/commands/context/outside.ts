import type { Readable, Writable } from 'node:stream'

/** What a run takes from its process: `process` is one. */
export interface Outside {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of Node. */
  readonly version: string
  once(event: 'exit', work: () => void): unknown
}
