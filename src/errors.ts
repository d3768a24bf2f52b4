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

/** A failure that a user can act on: what happened and to what (`message`), what to do next (`hint`). */
export class UserError extends Error {
  readonly hint: string
  readonly exitCode: ExitCode

  constructor(message: string, hint: string, exitCode: ExitCode = exitCodes.failed, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UserError'
    this.hint = hint
    this.exitCode = exitCode
  }
}

/** Somebody has asked the program to stop while it did `task`. */
export const interruption = (task: string): UserError =>
  new UserError(`${task}: interrupted`, 'Run the command again when you are ready.', exitCodes.interrupted)
