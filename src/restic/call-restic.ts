import { createInterface } from 'node:readline'
import { type Ended, type Finished, run, start } from '../process.ts'
import type { Restic } from './open.ts'

/** restic gives up its lock on SIGINT in every version; on SIGTERM, 0.14 leaves it behind. */
const politely = 'SIGINT' as const

interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs restic and returns what it said. Whether that is success is for the caller to judge. With `timeoutSeconds` it is
 * stopped after that: since 0.17 restic tries a server that does not answer for 15 minutes.
 */
export const callRestic = (
  restic: Restic,
  args: readonly string[],
  { signal, timeoutSeconds }: CallOptions & { readonly timeoutSeconds?: number | undefined } = {},
): Promise<Finished> =>
  run(
    { file: 'restic', args: [...(restic.globalOptions ?? []), ...args], env: restic.environment },
    { signal, killSignal: politely, timeout: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000 },
  )

/** Runs restic and hands over each line as it comes, in bounded memory. */
export const followRestic = async (
  restic: Restic,
  args: readonly string[],
  options: CallOptions & {
    readonly onLine: (line: string) => void
    readonly onErrorLine: (line: string) => void
  },
): Promise<Ended> => {
  const running = start(
    { file: 'restic', args: [...(restic.globalOptions ?? []), ...args], env: withProgress(restic.environment) },
    { signal: options.signal, killSignal: politely, onStderrLine: options.onErrorLine },
  )
  const lines = createInterface({ input: running.stdout, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on('line', options.onLine)
  return running.ended
}

/** 0.18 tells its progress 60 times a second to a pipe when nobody says otherwise. */
const withProgress = (environment: Restic['environment']) => ({ RESTIC_PROGRESS_FPS: '2', ...environment })
