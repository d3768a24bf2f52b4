import { runCli } from './cli.ts'
import type { Outside } from './commands/context/outside.ts'
import type { Recording } from './commands/context/recording.ts'
import { type ExitCode, exitCodes, UserError } from './errors.ts'
import { forJournal, isJournal } from './journal/priorities.ts'
import { explainSystemError } from './system-errors.ts'
import { jsonError } from './ui/json.ts'

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** How a run is asked to stop. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** Which signal that was; null until then. */
  readonly by: () => StopSignal | null
}

/** One run of the program: what stands on its command line, and what it gets from its process. */
export interface Program {
  /** Runs to the end, tells what went wrong, and returns the exit code. */
  run(): Promise<ExitCode>
  /** Says what went wrong, for a person or with `--json` for a program, and returns the exit code. */
  tell(error: unknown): ExitCode
}

export const createProgram = (args: readonly string[], process: Outside, interruption: Interruption): Program => {
  const outside = withJournal(process)
  // What follows `--` is for restic; these are read here too because the command line itself can be what is wrong.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const json = own.includes('--json')
  const verbose = own.some((argument) => argument === '--verbose' || /^-[a-z]*v/.test(argument))
  const { stderr } = outside
  const failureOf = (error: unknown): UserError => {
    if (verbose && !(error instanceof UserError) && error instanceof Error) stderr.write(`${error.stack}\n`)
    return asUserError(error, interruption.by(), verbose)
  }
  const show = (failure: UserError): ExitCode => {
    stderr.write(json ? jsonError(failure) : `Error: ${failure.message}\nHint: ${failure.hint}\n`)
    return failure.exitCode
  }
  const run = async (): Promise<ExitCode> => {
    const recordings: Recording[] = []
    const end = async (exitCode: ExitCode, error: UserError | null) => {
      for (const recording of recordings) await recording.end({ exitCode, error })
    }
    try {
      const returned = await runCli(args, outside, interruption.signal, (recording) => recordings.push(recording))
      const by = interruption.by()
      // restic is interrupted by SIGINT whatever signal came, and says so.
      const exitCode = returned === exitCodes.interrupted && by !== null ? codeOf(by) : returned
      await end(exitCode, null)
      return exitCode
    } catch (error) {
      const failure = failureOf(error)
      await end(failure.exitCode, failure)
      return show(failure)
    }
  }
  const tell = (error: unknown): ExitCode => show(failureOf(error))
  return { run, tell }
}

/** A service of systemd writes to the journal, which files what it is told by priority. */
const withJournal = (process: Outside): Outside => {
  const { stdin, stdout, stderr, env, version } = process
  if (!isJournal(stderr, env.JOURNAL_STREAM)) return process
  return { stdin, stdout, stderr: forJournal(stderr), env, version, once: (...args) => process.once(...args) }
}

const codeOf = (signal: StopSignal): ExitCode => (signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated)

const asUserError = (error: unknown, stoppedBy: StopSignal | null, verbose: boolean): UserError => {
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
