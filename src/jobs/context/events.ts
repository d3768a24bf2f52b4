import type { Facts } from '../history/run.ts'

/**
 * What a job tells while it works. Jobs emit these and never print; `ui` renders them.
 */
export type JobEvent =
  /** A step begins, and ends in one of two ways. Emitted by `step` alone, so that none stays without an end. */
  | { readonly type: 'step'; readonly title: string; readonly state: 'began' | 'ended' | 'failed' }
  /** How far the step is that began last: bytes, or a percentage (0 to 100) when that is all that is known. */
  | {
      readonly type: 'progress'
      readonly unit: 'bytes' | 'percent'
      readonly done: number
      readonly total?: number | undefined
      readonly detail?: string | undefined
    }
  /** Something a person must know; part of the result as well. */
  | {
      readonly type: 'warning'
      readonly message: string
      /** The names by which it is accepted, when it stands until somebody changes something. */
      readonly ids?: readonly string[] | undefined
    }
  /** Something that is noted down of this run. Shown to nobody: it is part of the result where it matters. */
  | { readonly type: 'facts'; readonly facts: Facts }
  /** Shown with `--verbose` only. */
  | { readonly type: 'detail'; readonly message: string }

export type Report = (event: JobEvent) => void
