import { lstat, mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes, UserError } from '../errors.ts'
import { shortId } from '../short-id.ts'
import { followRestic } from './call-restic.ts'
import { escapePattern } from './escape-pattern.ts'
import { resticFailure } from './failures.ts'
import { itemErrorMessage, type Progress, readMessage, statusMessage } from './messages.ts'
import type { Restic } from './open.ts'

export interface RestoreRequest {
  /** The full id: restic takes `latest` from any host. */
  readonly snapshotId: string
  /** The directory below which the absolute paths of the snapshot appear; made (mode 0700) when absent. */
  readonly target: string
  /** Absolute paths of the snapshot, each restored with all below it; the whole snapshot when empty. */
  readonly includes: readonly string[]
  /** Reads everything back from the target and compares it with the snapshot. */
  readonly verify: boolean
  /** A copy lies in the target: what differs is replaced, and what is not in the snapshot is removed from the includes. */
  readonly overCopy?: boolean
}

const namedFiles = 5

/** The arguments of `restic restore`. 0.14 takes `--json` and prints nothing for it. */
export const restoreArguments = ({ snapshotId, target, includes, verify, overCopy }: RestoreRequest): string[] => [
  'restore',
  '--json',
  '--target',
  target,
  ...includes.flatMap((path) => ['--include', escapePattern(path)]),
  ...(verify ? ['--verify'] : []),
  ...(overCopy ? ['--overwrite', 'always', '--delete'] : []),
  '--',
  snapshotId,
]

/**
 * Restores paths of a snapshot below a directory. Files that are there already are overwritten, others stay.
 * Throws a UserError when any file failed, naming up to 5, when the disk is full, and when an include is not in the
 * target afterwards: restic calls a restore that matched nothing a success. Progress is told since restic 0.16.
 */
export const restore = async (
  restic: Restic,
  request: RestoreRequest,
  options: {
    readonly onProgress?: ((progress: Progress) => void) | undefined
    readonly signal?: AbortSignal | undefined
  } = {},
): Promise<void> => {
  await mkdir(request.target, { recursive: true, mode: 0o700 })
  // restic replaces a symbolic link on its way by a new directory, the target itself included.
  const target = await realpath(request.target)
  const failed = new FailedFiles()
  const ended = await followRestic(restic, restoreArguments({ ...request, target }), {
    signal: options.signal,
    onLine: (line) => {
      const progress = options.onProgress ? readMessage(statusMessage, line) : null
      if (progress) options.onProgress?.(progress)
    },
    onErrorLine: (line) => failed.add(line),
  })
  if (ended.exitCode !== exitCodes.done || failed.count > 0) {
    const failure = resticFailure('restic restore', ended, restic.environment, options.signal)
    throw failed.explain(request.snapshotId, failure)
  }
  await refuseMissing(target, request)
}

/** What restic could not restore. A full disk gives a line for every piece of every file: only names are kept. */
class FailedFiles {
  count = 0
  private readonly reasons = new Map<string, string>()
  private diskFull: string | null = null

  add(line: string) {
    const error = readMessage(itemErrorMessage, line) ?? readPlainError(line)
    if (!error) return
    this.count += 1
    if (/no space left on device|disk quota exceeded/i.test(error.message)) this.diskFull ??= error.message
    if (this.reasons.size < namedFiles && !this.reasons.has(error.item)) this.reasons.set(error.item, error.message)
  }

  explain(snapshotId: string, failure: UserError): UserError {
    // An interruption, a lock or a wrong password says more than the files it left behind.
    if (this.count === 0 || failure.exitCode !== exitCodes.failed) return failure
    if (this.diskFull !== null) {
      return new UserError({
        message: `The disk is full: ${this.diskFull}`,
        hint: 'Free some space there, or restore to another disk. What was restored so far is incomplete.',
      })
    }
    const files = [...this.reasons].map(([item, message]) => (message.includes(item) ? message : `${item}: ${message}`))
    return new UserError({
      message: `restic could not restore all of snapshot ${shortId(snapshotId)}: ${this.count} errors, the first at ${files.join('; ')}`,
      hint: 'Check the repository with `seatable-restic check --read-data`; another snapshot may be whole.',
    })
  }
}

/** Before 0.17.1 errors are text. */
const readPlainError = (line: string) => {
  const found = /^ignoring error for (\/.*?): (.*)$/.exec(line)
  return found ? { item: found[1] as string, message: found[2] as string } : null
}

const refuseMissing = async (target: string, { includes, snapshotId }: RestoreRequest) => {
  for (const path of includes) {
    const isThere = await lstat(join(target, path)).then(
      () => true,
      () => false,
    )
    if (isThere) continue
    throw new UserError({
      message: `Snapshot ${shortId(snapshotId)} does not hold ${path}: restic restored nothing for it`,
      hint: `See what it holds: \`seatable-restic restic -- ls ${shortId(snapshotId)}\`.`,
    })
  }
}
