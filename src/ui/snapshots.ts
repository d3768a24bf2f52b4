import { formatBytes, formatCount, formatQuantity, formatTime } from './format.ts'
import { number } from './parts.ts'
import { renderTable } from './table.ts'

/** What `snapshots --json` prints for each snapshot. */
export interface SnapshotSummary {
  readonly id: string
  readonly shortId: string
  readonly time: string
  readonly hostname: string
  readonly tags: readonly string[]
  readonly databases: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[]
}

/** One line a snapshot, in the order given. */
export const snapshotsTable = (snapshots: readonly SnapshotSummary[]): string =>
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
