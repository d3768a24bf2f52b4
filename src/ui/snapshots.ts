import type { DescribedSnapshot } from '../jobs/snapshots.ts'
import { formatBytes, formatCount, formatQuantity, formatTime } from './format.ts'
import { number } from './parts.ts'
import { renderTable } from './table.ts'

/** One line a snapshot, in the order given. */
export const snapshotsTable = (snapshots: readonly DescribedSnapshot[]): string =>
  snapshots.length === 0
    ? 'No snapshots of this SeaTable. `seatable-restic backup` makes one.\n'
    : `${renderTable(
        [
          { title: 'SNAPSHOT' },
          { title: 'TIME' },
          { title: 'HOST' },
          { title: 'TAGS' },
          { title: 'DATABASES' },
          number('ROWS'),
          number('SIZE'),
        ],
        snapshots.map(({ shortId, time, hostname, tags, databases }) => [
          shortId,
          formatTime(time),
          hostname,
          tags.join(', '),
          databases.map(({ name }) => name).join(', ') || 'unknown',
          databases.length === 0 ? '' : formatCount(sum(databases.map(({ rows }) => rows))),
          databases.length === 0 ? '' : formatBytes(sum(databases.map(({ bytes }) => bytes))),
        ]),
      )}\n${formatQuantity(snapshots.length, 'snapshot')}. SIZE is that of the databases' dumps.\n`

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
