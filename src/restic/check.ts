import { followRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import { maskSecrets } from './mask-secrets.ts'
import type { Restic } from './open.ts'

export interface CheckRequest {
  /** Reads all data: without it, a flipped bit is not found. */
  readonly readData: boolean
  /** Reads a part, as restic writes it: `1/7`, `10%`, `5G`. */
  readonly readDataSubset?: string | undefined
}

export interface CheckResult {
  readonly ok: boolean
  /** What restic found damaged; the first 100. */
  readonly errors: readonly string[]
}

const errorLimit = 100

/** The arguments of `restic check`. Its text is the same in all versions and tells progress; JSON came in 0.18 and does not. */
export const checkArguments = ({ readData, readDataSubset }: CheckRequest): string[] => [
  'check',
  ...(readData ? ['--read-data'] : []),
  ...(readDataSubset === undefined ? [] : [`--read-data-subset=${readDataSubset}`]),
]

/**
 * Checks the repository, which is locked meanwhile. Damage is a result; a UserError is thrown when it could not be
 * checked. `onProgress` is given 0 to 100 for each of restic's phases.
 */
export const check = async (
  restic: Restic,
  request: CheckRequest,
  options: {
    readonly onProgress?: ((progress: { percent: number; phase: string }) => void) | undefined
    readonly signal?: AbortSignal | undefined
  } = {},
): Promise<CheckResult> => {
  const errors: string[] = []
  let phase = 'check'
  const ended = await followRestic(restic, checkArguments(request), {
    signal: options.signal,
    onLine: (line) => {
      const progress = /^\[[\d:]+\]\s+([\d.]+)%/.exec(line)
      if (progress) options.onProgress?.({ percent: Number(progress[1]), phase })
      else if (line.trim() !== '') phase = line.trim()
    },
    onErrorLine: (line) => {
      const text = maskSecrets(line.trim(), restic.environment)
      if (isFinding(text) && errors.length < errorLimit) errors.push(text)
    },
  })
  if (ended.exitCode === 0) return { ok: true, errors: [] }
  if (ended.exitCode === 1 && /Fatal: repository contains errors/.test(ended.stderr)) return { ok: false, errors }
  throw resticFailure('restic check', ended, restic.environment, options.signal)
}

/** Not the verdict, and not the advice that restic prints behind its findings. */
const isFinding = (text: string) => text !== '' && !/^Fatal: |troubleshooting|^restic repair |open an issue/.test(text)
