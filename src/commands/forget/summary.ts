import type { ForgetOptions, ForgetOutcome } from '../../jobs/forget.ts'
import type { Snapshot } from '../../restic/snapshots.ts'
import { formatQuantity, formatTime } from '../../ui/format.ts'
import { renderTable } from '../../ui/table.ts'

/** What `--json` prints. */
export const forgetDocument = (result: ForgetOutcome, { dryRun, prune }: ForgetOptions) => ({
  dryRun,
  pruned: prune && !dryRun,
  kept: result.kept.map(describe),
  removed: result.removed.map(describe),
  host: result.host,
  others: result.others,
})

/** What was kept and what was removed, and whose snapshots were left alone. */
export const forgetSummary = (result: ForgetOutcome, options: ForgetOptions): string =>
  [textOf(result, options), ...othersOf(result)].join('\n')

const describe = ({ id, shortId, time, hostname, tags }: Snapshot) => ({
  id,
  shortId,
  time: new Date(time).toISOString(),
  hostname,
  tags,
})

/** Retention goes by host: whoever has renamed one, or restored to another machine, must hear of the old one's. */
const othersOf = ({ host, others }: ForgetOutcome): string[] =>
  others.map(
    ({ hostname, snapshots }) =>
      `${formatQuantity(snapshots, 'snapshot')} of the host ${hostname} ${snapshots === 1 ? 'was' : 'were'} left alone: only those of ${host} are counted. To apply the policy to them: SEATABLE_RESTIC_HOST=${hostname} seatable-restic forget`,
  )

const textOf = ({ kept, removed }: ForgetOutcome, { dryRun }: ForgetOptions): string => {
  const counts = `${dryRun ? 'Would keep' : 'Kept'} ${formatQuantity(kept.length, 'snapshot')}, ${dryRun ? 'would remove' : 'removed'} ${removed.length}.`
  if (removed.length === 0) return counts
  const rows = removed.map(({ shortId, time, hostname }) => [shortId, formatTime(time), hostname])
  const title = dryRun ? 'WOULD REMOVE' : 'REMOVED'
  return `${renderTable([{ title }, { title: 'TIME' }, { title: 'HOST' }], rows)}\n${counts}`
}
