import { UserError } from '../errors.ts'
import { callRestic } from './call-restic.ts'
import { repositoryName, resticFailure } from './failures.ts'
import { forgetGroups, readMessage } from './messages.ts'
import type { Restic } from './open.ts'
import { listSnapshots, type Snapshot } from './snapshots.ts'

/** How many snapshots restic keeps, by the names of its own options; zero and '' keep none for that reason. */
export interface RetentionPolicy {
  /** A duration as restic writes it: `7d`, `1y5m7d2h`, counted back from the youngest snapshot. */
  readonly within: string
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
  readonly yearly: number
}

export interface ForgetRequest {
  /** Only snapshots made of this very path are looked at: the staging path. */
  readonly path: string
  /** Only snapshots of this host are looked at. */
  readonly host: string
  /** Only snapshots that have all tags of one of these lists; an empty list stands for those without a tag. */
  readonly tags?: readonly (readonly string[])[] | undefined
  readonly keep: RetentionPolicy
  /** Also frees the space of what no snapshot needs any more. */
  readonly prune: boolean
  readonly dryRun: boolean
}

export interface ForgetResult {
  readonly kept: readonly Snapshot[]
  /** With `dryRun`: what would be removed. */
  readonly removed: readonly Snapshot[]
}

/**
 * The arguments of `restic forget`. Grouped by host alone, so that a change of the data paths starts no second history
 * that is kept for ever. Throws a UserError for a policy that keeps nothing: that would delete all.
 */
export const forgetArguments = ({ path, host, tags, keep, prune, dryRun }: ForgetRequest): string[] => [
  'forget',
  '--json',
  // Without it the text of prune follows the JSON.
  '--quiet',
  '--path',
  path,
  '--host',
  host,
  ...(tags ?? []).flatMap((list) => ['--tag', list.join()]),
  '--group-by',
  'host',
  ...keepArguments(keep),
  ...(prune ? ['--prune'] : []),
  ...(dryRun ? ['--dry-run'] : []),
]

/**
 * Removes the snapshots that the policy does not keep, and no others: a snapshot of another path or host is not
 * touched. Looks afterwards whether they are gone (0.18.0 calls a refused deletion a success). Throws a UserError.
 */
export const forget = async (
  restic: Restic,
  request: ForgetRequest,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ForgetResult> => {
  const ended = await callRestic(restic, forgetArguments(request), options)
  if (ended.exitCode !== 0) throw resticFailure('restic forget', ended, restic.environment, options.signal)
  const groups = readGroups(ended.stdout)
  const result = {
    kept: groups.flatMap((group) => group.keep ?? []),
    removed: groups.flatMap((group) => group.remove ?? []),
  }
  if (!request.dryRun) await refuseRemaining(restic, result.removed, options.signal)
  return result
}

/** Removes these snapshots, whatever the policy. Looks afterwards whether they are gone. Throws a UserError. */
export const forgetThese = async (
  restic: Restic,
  snapshots: readonly Snapshot[],
  { prune }: { readonly prune: boolean },
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> => {
  if (snapshots.length === 0) return
  const ids = snapshots.map(({ id }) => id)
  const args = ['forget', '--quiet', ...(prune ? ['--prune'] : []), '--', ...ids]
  const ended = await callRestic(restic, args, options)
  if (ended.exitCode !== 0) throw resticFailure('restic forget', ended, restic.environment, options.signal)
  await refuseRemaining(restic, snapshots, options.signal)
}

const keepArguments = (keep: RetentionPolicy): string[] => {
  const { within, ...counts } = keep
  const kept = [
    ...(isNoDuration(within) ? [] : ['--keep-within', within]),
    ...Object.entries(counts).flatMap(([period, count]) => (count > 0 ? [`--keep-${period}`, String(count)] : [])),
  ]
  if (kept.length > 0) return kept
  throw new UserError({
    message:
      'The retention policy keeps nothing, and would delete every snapshot: all SEATABLE_RESTIC_KEEP_* are zero or empty',
    hint: 'Set at least one of SEATABLE_RESTIC_KEEP_WITHIN, _DAILY, _WEEKLY, _MONTHLY and _YEARLY.',
  })
}

const isNoDuration = (text: string) => /^\s*(0+[a-z]?)*\s*$/i.test(text)

/** restic prints nothing when no snapshot fits. */
const readGroups = (stdout: string) => {
  if (stdout.trim() === '') return []
  const groups = stdout
    .split('\n')
    .map((line) => readMessage(forgetGroups, line))
    .find((each) => each !== null)
  if (groups) return groups
  throw new UserError({
    message: `restic forget did not say what it removed: ${stdout.slice(0, 200).trim()}`,
    hint: 'List what is left with `seatable-restic snapshots`.',
  })
}

const refuseRemaining = async (restic: Restic, removed: readonly Snapshot[], signal: AbortSignal | undefined) => {
  if (removed.length === 0) return
  const present = new Set((await listSnapshots(restic, {}, { signal })).map((snapshot) => snapshot.id))
  const remaining = removed.filter((snapshot) => present.has(snapshot.id))
  if (remaining.length === 0) return
  throw new UserError({
    message: `restic was to remove ${removed.length} snapshots, but ${remaining.length} are still in the repository at ${repositoryName(restic.environment)}: ${remaining.map((snapshot) => snapshot.shortId).join(', ')}`,
    hint: 'An append-only repository is thinned out on its own server; otherwise check the rights on the repository.',
  })
}
