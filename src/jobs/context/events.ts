/**
 * What a job tells while it works. Jobs emit these and never print; `ui` renders them.
 */
export type JobEvent =
  /** A step begins, and with it the one before has ended well. */
  | { readonly type: 'step'; readonly title: string }
  /** How far the current step is: bytes, or a percentage (0 to 100) when that is all that is known. */
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
  /** Shown with `--verbose` only. */
  | { readonly type: 'detail'; readonly message: string }

export type Report = (event: JobEvent) => void
