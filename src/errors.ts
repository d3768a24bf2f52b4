/**
 * The exit codes of the program, and the only class of error a user ever sees.
 */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  incomplete: 3,
  noRepository: 10,
  locked: 11,
  wrongPassword: 12,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What a failure tells its user. */
export interface UserErrorParts {
  /** What happened, and to what. */
  readonly message: string
  /** What to do next. */
  readonly hint: string
  /** What the program ends with; `exitCodes.failed` when nothing else is said. */
  readonly exitCode?: ExitCode
  /** The error behind this one; it is shown to nobody. */
  readonly cause?: unknown
}

/** A failure that a user can act on. */
export class UserError extends Error {
  readonly hint: string
  readonly exitCode: ExitCode

  constructor({ message, hint, exitCode = exitCodes.failed, cause }: UserErrorParts) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'UserError'
    this.hint = hint
    this.exitCode = exitCode
  }
}

/** Somebody has asked the program to stop while it did `task`. */
export const interruption = (task: string): UserError =>
  new UserError({
    message: `${task}: interrupted`,
    hint: 'Run the command again when you are ready.',
    exitCode: exitCodes.interrupted,
  })

/** What was thrown, as an error: anything can be. */
export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
