import { constants } from 'node:os'
import { type Ended, handOver } from '../process.ts'
import { resticFailure } from './failures.ts'

/**
 * Runs restic on this terminal with these arguments and this configuration's environment; returns its exit code,
 * 128 + the signal's number when a signal killed it. Throws a UserError only when restic cannot be started.
 */
export const passThrough = async (
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<number> => {
  const ended = await handOver(
    { file: 'restic', args, env: environment },
    { signal: options.signal, killSignal: 'SIGINT' },
  )
  if (ended.startError !== null) throw resticFailure('restic', ended, environment)
  return ended.exitCode ?? 128 + signalNumber(ended)
}

const signalNumber = ({ signal }: Ended) => constants.signals[signal as NodeJS.Signals] ?? constants.signals.SIGKILL
