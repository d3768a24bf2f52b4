import { exitCodes, UserError } from '../errors.ts'
import { callRestic } from './call-restic.ts'
import { resticFailure } from './failures.ts'
import { readMessage, type Snapshot, snapshotList } from './messages.ts'
import type { Restic } from './open.ts'
import { isSnapshotId } from './snapshot-id.ts'

export type { Snapshot } from './messages.ts'

export interface SnapshotFilter {
  /** A path the snapshot was made of: the whole path, not a folder above or below it. */
  readonly path?: string | undefined
  readonly host?: string | undefined
  /** Tags the snapshot must all have. */
  readonly tags?: readonly string[] | undefined
}

const listSeconds = 300

/**
 * The snapshots of the repository that pass the filter, oldest first. Taken without a lock, so that it also works
 * beside a running prune and on a repository whose disk is full.
 */
export const listSnapshots = async (
  restic: Restic,
  filter: SnapshotFilter = {},
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Snapshot[]> => {
  const ended = await callRestic(restic, ['snapshots', '--json', '--no-lock'], {
    signal: options.signal,
    timeoutSeconds: listSeconds,
  })
  if (ended.exitCode !== 0) throw resticFailure('restic snapshots', ended, restic.environment, options.signal)
  const snapshots = readMessage(snapshotList, ended.stdout)
  if (snapshots === null) {
    throw new UserError({
      message: `restic snapshots did not say which snapshots there are: ${ended.stdout.slice(0, 200).trim() || 'no output'}`,
      hint: 'Run it yourself: `seatable-restic restic -- snapshots --json`.',
    })
  }
  return snapshots.filter((snapshot) => passes(snapshot, filter)).sort(byTime)
}

/**
 * The one snapshot whose id begins with `idOrLatest`; `latest` is the youngest of the list.
 * Throws a UserError: exit code 2 when it cannot be an id, 1 when no snapshot or more than one has it.
 */
export const findSnapshot = (snapshots: readonly Snapshot[], idOrLatest: string): Snapshot => {
  const youngest = [...snapshots].sort(byTime).at(-1)
  if (!youngest) {
    throw new UserError({
      message: 'The repository holds no snapshot of this SeaTable',
      hint: 'Make one with `seatable-restic backup`. A snapshot is one of SeaTable when the staging path is among its paths.',
    })
  }
  if (idOrLatest === 'latest') return youngest
  const prefix = idOrLatest.toLowerCase()
  if (!isSnapshotId(prefix)) {
    throw new UserError({
      message: `"${idOrLatest}" is not a snapshot id: an id is 4 to 64 of the characters 0-9 and a-f, or "latest"`,
      hint: 'List them with `seatable-restic snapshots`.',
      exitCode: exitCodes.usage,
    })
  }
  const found = snapshots.filter((snapshot) => snapshot.id.startsWith(prefix))
  if (found.length > 1) {
    throw new UserError({
      message: `The id ${idOrLatest} fits ${found.length} snapshots: ${found.map(described).join(', ')}`,
      hint: 'Give more characters of the id.',
    })
  }
  const [only] = found
  if (!only) {
    throw new UserError({
      message: `There is no snapshot ${idOrLatest} of this SeaTable. The newest is ${described(youngest)}`,
      hint: 'List them with `seatable-restic snapshots`.',
    })
  }
  return only
}

const passes = (snapshot: Snapshot, { path, host, tags }: SnapshotFilter) =>
  (path === undefined || snapshot.paths.includes(path)) &&
  (host === undefined || snapshot.hostname === host) &&
  (tags ?? []).every((tag) => snapshot.tags.includes(tag))

const byTime = (one: Snapshot, other: Snapshot) => Date.parse(one.time) - Date.parse(other.time)

const described = (snapshot: Snapshot) =>
  `${snapshot.id.slice(0, 12)} (${new Date(snapshot.time).toISOString()}, ${snapshot.hostname})`
