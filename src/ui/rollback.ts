import type { RollbackOutcome, RollbackPlan } from '../jobs/rollback.ts'
import { shortId } from '../short-id.ts'
import { formatCount, formatDuration, formatTime } from './format.ts'
import { noWriters } from './parts.ts'

/** What `rollback --dry-run` tells, and what is shown before the question. */
export const rollbackPlan = ({ snapshot, replacedAt, databases, directories, stops }: RollbackPlan): string =>
  [
    `Rollback: what was live until ${formatTime(replacedAt)} takes the place of snapshot ${shortId(snapshot)}, and of all that changed since.`,
    '',
    ...databases.map(({ name, tables, comesBack }) =>
      comesBack ? `${name} comes back, with ${formatCount(tables)} tables` : `${name} goes: there was none before`,
    ),
    ...directories.map(({ live, comesBack }) =>
      comesBack ? `${live} comes back` : `${live} goes: there was none before`,
    ),
    '',
    stops.length === 0 ? noWriters : `Stopped for the swap, for seconds: ${stops.join(', ')}.`,
    'What is live now is kept in turn, until `seatable-restic drop-previous`.',
    '',
  ].join('\n')

/** What `rollback` tells. */
export const rollbackSummary = ({
  snapshot,
  databases,
  dataPaths,
  downtimeSeconds,
  durationSeconds,
}: RollbackOutcome): string =>
  [
    `Rolled back: what was live before the restore of snapshot ${shortId(snapshot)} is live again.`,
    '',
    ...[...databases, ...dataPaths].map((name) => `  ${name}`),
    '',
    downtimeSeconds > 0
      ? `SeaTable was stopped for ${formatDuration(downtimeSeconds)}; the whole took ${formatDuration(durationSeconds)}.`
      : `Took ${formatDuration(durationSeconds)}.`,
    'What the restore had brought is kept in turn: `seatable-restic rollback` brings it back,',
    '`seatable-restic drop-previous` removes it and frees its space.',
    '',
  ].join('\n')
