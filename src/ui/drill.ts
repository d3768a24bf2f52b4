import type { DrillOutcome } from '../jobs/drill.ts'
import { shortId } from '../short-id.ts'
import { formatBytes, formatCount, formatDuration, formatTime } from './format.ts'
import { number } from './parts.ts'
import { renderTable } from './table.ts'

/** What `drill` tells. */
export const drillSummary = ({
  snapshot,
  instant,
  ok,
  databases,
  files,
  incomplete,
  durationSeconds,
}: DrillOutcome): string =>
  [
    ok
      ? `Snapshot ${shortId(snapshot)} restores: SeaTable as it was at ${formatTime(instant)}.`
      : `Snapshot ${shortId(snapshot)} does not restore to what was saved.`,
    '',
    renderTable(
      [{ title: 'DATABASE' }, number('TABLES'), number('ROWS'), { title: 'LOADED AND DUMPED AGAIN' }],
      databases.map(({ name, tables, rows, identical }) => [
        name,
        formatCount(tables),
        formatCount(rows),
        identical ? 'identical' : 'different',
      ]),
    ),
    ...databases.flatMap(({ differences, notes }) => [...differences, ...notes].map((line) => `  ${line}`)),
    ...incomplete.map((lacking) => `  ${lacking}`),
    `${formatCount(files.count)} files (${formatBytes(files.bytes)}) were read back whole. Took ${formatDuration(durationSeconds)}.`,
    '',
  ].join('\n')
