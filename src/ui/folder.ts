import type { FolderPlan } from '../jobs/restore/to-folder.ts'
import { shortId } from '../short-id.ts'
import { formatBytes, formatCount, formatTime } from './format.ts'
import { number } from './parts.ts'
import { roomFor } from './restore.ts'
import { renderTable } from './table.ts'

/** What `restore --target DIR --dry-run` tells. */
export const folderPlan = ({
  snapshot,
  instant,
  target,
  databases,
  directories,
  extraPaths,
  installation,
  space,
}: FolderPlan): string =>
  [
    `Snapshot ${shortId(snapshot)}, SeaTable as it was at ${formatTime(instant)}, would be put into ${target}:`,
    '',
    renderTable(
      [{ title: 'INTO' }, { title: 'WHAT' }, number('SIZE')],
      [
        ...databases.map(({ to, rows, bytes }) => [to, `a dump of ${formatCount(rows)} rows`, formatBytes(bytes)]),
        ...directories.map(({ to, bytes }) => [to, 'a directory', formatBytes(bytes)]),
        ...[...extraPaths, ...installation].map(({ path, to, bytes }) => [to, path, formatBytes(bytes)]),
      ],
    ),
    ...roomFor(space),
    'Nothing live would be touched. Nothing was restored.',
    '',
  ].join('\n')
