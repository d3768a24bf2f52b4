#!/usr/bin/env node
import { runCli } from './cli.ts'
import { type ExitCode, exitCodes, UserError } from './errors.ts'
import { explainSystemError } from './system-errors.ts'
import { jsonError } from './ui/json.ts'

const given = process.argv.slice(2)
// What follows `--` is for restic; these are read here too because the command line itself can be what is wrong.
const own = given.includes('--') ? given.slice(0, given.indexOf('--')) : given
const json = own.includes('--json')
const verbose = own.some((argument) => argument === '--verbose' || /^-[a-z]*v/.test(argument))

const interruption = new AbortController()
let stoppedBy: 'SIGINT' | 'SIGTERM' | null = null

const codeOf = (signal: 'SIGINT' | 'SIGTERM'): ExitCode =>
  signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated

const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
  // Who asks twice does not want to wait for the cleaning up.
  if (stoppedBy === 'SIGINT' && signal === 'SIGINT') {
    process.stderr.write('Ended at once. What was half done, the next command finishes or takes back.\n')
    process.exit(exitCodes.interrupted)
  }
  if (stoppedBy !== null) return
  stoppedBy = signal
  interruption.abort()
  process.stderr.write(signal === 'SIGINT' ? 'Stopping. Ctrl-C again exits at once.\n' : 'Stopping.\n')
}

process.on('SIGINT', stop)
process.on('SIGTERM', stop)
// `restic unlock` sends it to the process that a stale lock names, which can be this one by chance.
process.on('SIGHUP', () => {})

// A reader that has gone, as in `snapshots | head`, is no failure, and no reason to leave a backup half done.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exitCode = tell(error)
})
process.stderr.on('error', () => {})

/** Says what went wrong, for a person or with `--json` for a program, and returns the exit code. */
const tell = (error: unknown): ExitCode => {
  const failure = asUserError(error)
  if (verbose && !(error instanceof UserError) && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.stderr.write(json ? jsonError(failure) : `Error: ${failure.message}\nHint: ${failure.hint}\n`)
  return failure.exitCode
}

const asUserError = (error: unknown): UserError => {
  if (error instanceof UserError) {
    return stoppedBy === null
      ? error
      : new UserError({ message: error.message, hint: error.hint, exitCode: codeOf(stoppedBy) })
  }
  if (stoppedBy !== null) {
    return new UserError({
      message: `Interrupted by ${stoppedBy}`,
      hint: 'Run the command again when you are ready.',
      exitCode: codeOf(stoppedBy),
    })
  }
  const explained = explainSystemError(error)
  if (explained !== null) return explained
  return new UserError({
    message: `Unexpected: ${error instanceof Error ? error.message : String(error)}`,
    hint: verbose
      ? 'This is a defect of seatable-restic. Please report it with the lines above.'
      : 'This is a defect of seatable-restic. Run the command again with --verbose and report what it says.',
  })
}

process.on('uncaughtException', (error) => process.exit(tell(error)))

try {
  const exitCode = await runCli(given, interruption.signal)
  // restic is interrupted by SIGINT whatever signal came, and says so.
  process.exitCode = exitCode === exitCodes.interrupted && stoppedBy !== null ? codeOf(stoppedBy) : exitCode
} catch (error) {
  process.exitCode = tell(error)
}
