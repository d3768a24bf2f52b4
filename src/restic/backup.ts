import { resolve } from 'node:path'
import { exitCodes, UserError } from '../errors.ts'
import { lastLine } from '../process.ts'
import { followRestic } from './call-restic.ts'
import { escapePattern } from './escape-pattern.ts'
import { resticFailure } from './failures.ts'
import { backupSummaryMessage, itemErrorMessage, type Progress, readMessage, statusMessage } from './messages.ts'
import type { Restic } from './open.ts'
import { listSnapshots } from './snapshots.ts'
import { isGone, mayHaveVanished, tellVanished, type Unreadable } from './vanished.ts'

export interface BackupRequest {
  /** Absolute paths of files and directories. */
  readonly paths: readonly string[]
  readonly host: string
  readonly tags: readonly string[]
  /** The snapshot whose unchanged files are not read again; restic takes the last with the same host and paths otherwise. */
  readonly parent?: string | undefined
  /** False when nobody needs to know how much is left: the sources are then walked once and not twice. */
  readonly scan?: boolean | undefined
  /** Absolute paths that are left out, with all below them. */
  readonly excludes?: readonly string[] | undefined
  /** Of `paths`, those in which nothing may vanish while restic reads. */
  readonly whole?: readonly string[] | undefined
}

export interface BackupResult {
  /** All 64 characters, also with 0.14, which tells 8. */
  readonly snapshotId: string
  readonly filesNew: number
  readonly filesChanged: number
  readonly filesUnmodified: number
  readonly totalFiles: number
  readonly totalBytes: number
  readonly bytesAdded: number
  /** What it takes in the repository after compression; null when restic is too old to say (before 0.16). */
  readonly bytesAddedPacked: number | null
  readonly durationSeconds: number
  /** Files and directories that are not in the snapshot because restic could not read them; the first 1000. */
  readonly unreadable: readonly Unreadable[]
  /** Files and directories that are not in it because they were gone when restic came to them. */
  readonly vanished: readonly string[]
  /** Paths asked for that are not in the snapshot: restic before 0.19 calls that a success. */
  readonly missingPaths: readonly string[]
}

const unreadableLimit = 1000
/** What may have vanished is looked at afterwards, one by one. */
const vanishedLimit = 100_000

/** The arguments of `restic backup`. */
export const backupArguments = ({ paths, host, tags, parent, scan, excludes }: BackupRequest): string[] => [
  'backup',
  '--json',
  '--host',
  host,
  ...tags.flatMap((tag) => ['--tag', tag]),
  ...(scan === false ? ['--no-scan'] : []),
  ...(parent === undefined ? [] : ['--parent', parent]),
  ...(excludes ?? []).flatMap((path) => ['--exclude', escapePattern(path)]),
  '--',
  ...paths,
]

/**
 * Makes one snapshot. A snapshot that exists but is incomplete is returned, not thrown: `unreadable` or
 * `missingPaths` then says what is not in it. Throws a UserError when there is no snapshot, 130 when `signal` aborted.
 */
export const backup = async (
  restic: Restic,
  request: BackupRequest,
  options: {
    readonly onProgress?: ((progress: Progress) => void) | undefined
    readonly signal?: AbortSignal | undefined
  } = {},
): Promise<BackupResult> => {
  const unreadable = new Map<string, string>()
  const perhapsGone = new Map<string, string>()
  let summary: ReturnType<typeof readSummary> = null
  const scan = request.scan !== false || !restic.has('backup without a scan')
  const ended = await followRestic(restic, backupArguments({ ...request, scan }), {
    signal: options.signal,
    onLine: (line) => {
      const progress = options.onProgress ? readMessage(statusMessage, line) : null
      if (progress) options.onProgress?.(progress)
      summary = readSummary(line) ?? summary
    },
    onErrorLine: (line) => {
      const error = readMessage(itemErrorMessage, line)
      if (!error) return
      // The scan and the archiver each tell of the same item.
      if (mayHaveVanished(error) && perhapsGone.size < vanishedLimit) perhapsGone.set(error.item, error.message)
      else if (unreadable.size < unreadableLimit) unreadable.set(error.item, error.message)
    },
  })
  if (ended.exitCode !== exitCodes.done && ended.exitCode !== exitCodes.incomplete) {
    throw resticFailure('restic backup', ended, restic.environment, options.signal)
  }
  const made = summary as ReturnType<typeof readSummary>
  if (made === null) throw noSnapshotNamed(ended.exitCode)
  const snapshot = await snapshotMade(restic, made.snapshot_id, options.signal)
  const missingPaths = request.paths.filter((path) => !snapshot.paths.includes(resolve(path)))
  const isUnexplained =
    ended.exitCode === exitCodes.incomplete && unreadable.size + perhapsGone.size + missingPaths.length === 0
  if (isUnexplained) unreadable.set('(restic does not say which)', lastLine(ended.stderr))
  const { vanished, unreadable: stillThere } = await tellVanished(itemsOf(perhapsGone), {
    needed: request.paths.map((path) => resolve(path)),
    whole: request.whole ?? [],
  })
  return {
    snapshotId: snapshot.id,
    filesNew: made.files_new,
    filesChanged: made.files_changed,
    filesUnmodified: made.files_unmodified,
    totalFiles: made.total_files_processed,
    totalBytes: made.total_bytes_processed,
    bytesAdded: made.data_added,
    bytesAddedPacked: made.data_added_packed ?? null,
    durationSeconds: made.total_duration,
    unreadable: [...itemsOf(unreadable), ...stillThere, ...(await goneAsAWhole(request, missingPaths))].slice(
      0,
      unreadableLimit,
    ),
    vanished,
    missingPaths,
  }
}

/** Since 0.18 restic says nothing of what is gone, even when it was to save just that. */
const goneAsAWhole = async ({ paths }: BackupRequest, missing: readonly string[]): Promise<Unreadable[]> => {
  const gone: Unreadable[] = []
  for (const item of paths) {
    if (!missing.includes(item) && (await isGone(item))) gone.push({ item, message: 'it is gone as a whole' })
  }
  return gone
}

const itemsOf = (reasons: ReadonlyMap<string, string>): Unreadable[] =>
  [...reasons].map(([item, message]) => ({ item, message }))

const readSummary = (line: string) => readMessage(backupSummaryMessage, line)

/** The snapshot restic says it made, as the repository has it. */
const snapshotMade = async (restic: Restic, id: string, signal: AbortSignal | undefined) => {
  const snapshot = (await listSnapshots(restic, {}, { signal })).find((each) => each.id.startsWith(id))
  if (snapshot) return snapshot
  throw new UserError({
    message: `restic backup says it made the snapshot ${id}, but the repository does not have it`,
    hint: 'Look at the repository with `seatable-restic check`, then run the backup again.',
  })
}

const noSnapshotNamed = (exitCode: number) =>
  new UserError({
    message: `restic backup ended with exit code ${exitCode} but named no snapshot`,
    hint: 'List the snapshots with `seatable-restic snapshots`, then run the backup again.',
  })
