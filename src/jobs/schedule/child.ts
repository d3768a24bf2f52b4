import { type ExitCode, exitCodes } from '../../errors.ts'
import { type Ended, handOver } from '../../process.ts'

/** How this program is started: by which Node, and from which file. */
export interface OwnProgram {
  readonly node: string
  readonly entry: string
}

/** `--` keeps Node from taking an option of ours for its own. */
export const wordsOf = ({ node, entry }: OwnProgram, args: readonly string[]): string[] => [node, '--', entry, ...args]

/** Runs a command of this program to its end, on the same terminal. An abort lets it end in order, however long it takes. */
export const runChild = async (
  program: OwnProgram,
  args: readonly string[],
  { env, signal, quietly }: { env: Readonly<Record<string, string>>; signal: AbortSignal; quietly: boolean },
): Promise<ExitCode> => {
  const [file = '', ...rest] = wordsOf(program, args)
  const options = { signal, patient: true, withoutOutput: quietly }
  return exitCodeOf(await handOver({ file, args: rest, env }, options))
}

const known: readonly number[] = Object.values(exitCodes)

/** One that was killed has failed. */
const exitCodeOf = ({ exitCode, signal }: Ended): ExitCode => {
  if (exitCode !== null && known.includes(exitCode)) return exitCode as ExitCode
  if (signal === 'SIGINT') return exitCodes.interrupted
  return signal === 'SIGTERM' ? exitCodes.terminated : exitCodes.failed
}
