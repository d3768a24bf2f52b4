import { formatBytes, formatCount, formatDuration, formatQuantity, formatTime } from './format.ts'
import { type Column, renderTable } from './table.ts'

/** What `backup --json` prints. */
export interface BackupSummary {
  readonly snapshot: string
  readonly time: string
  readonly databases: readonly {
    readonly name: string
    readonly tables: number
    readonly rows: number
    readonly bytes: number
  }[]
  readonly dataPaths: readonly string[]
  readonly files?: { readonly count: number; readonly bytes: number } | undefined
  readonly bytesAdded: number
  /** Null when restic does not say (below 0.17). */
  readonly bytesAddedPacked?: number | null | undefined
  readonly durationSeconds: number
  readonly bigData?: { readonly status: string; readonly detail: string } | null | undefined
  readonly vanished?: { readonly count: number } | undefined
  readonly warnings: readonly string[]
}

/** What `restore --json` prints. */
export interface RestoreSummary {
  readonly snapshot: string
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly rows: number }[]
  readonly dataPaths: readonly string[]
  readonly strategy: string
  /** The folder of `--target`. */
  readonly target?: string | null | undefined
  readonly downtimeSeconds: number | null
  readonly durationSeconds: number
  /** What was live before; null when nothing of it was kept. */
  readonly previous: unknown
  /** The snapshot of what was live before, when it was replaced in place. */
  readonly safetySnapshot?: string | null | undefined
  readonly bigData?: { readonly status: string } | null | undefined
  readonly remains?: readonly string[] | undefined
}

/** What `snapshots --json` prints for each snapshot. */
export interface SnapshotSummary {
  readonly id: string
  readonly shortId: string
  readonly time: string
  readonly hostname: string
  readonly tags: readonly string[]
  readonly databases: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[]
}

const number = (title: string): Column => ({ title, align: 'right' })

export const backupSummary = (result: BackupSummary): string =>
  [
    `Saved as snapshot ${shortId(result.snapshot)}: SeaTable as it was at ${formatTime(result.time)}.`,
    '',
    renderTable(
      [{ title: 'DATABASE' }, number('TABLES'), number('ROWS'), number('SIZE')],
      result.databases.map(({ name, tables, rows, bytes }) => [
        name,
        formatCount(tables),
        formatCount(rows),
        formatBytes(bytes),
      ]),
    ),
    ...facts([
      ['Directories', pathsOf(result.dataPaths)],
      ['Files', result.files && `${formatCount(result.files.count)} (${formatBytes(result.files.bytes)})`],
      ['Vanished meanwhile', result.vanished !== undefined && vanishedOf(result.vanished)],
      ['Big data', result.bigData && bigDataOf(result.bigData)],
      ['New in the repository', addedOf(result)],
      ['Took', formatDuration(result.durationSeconds)],
      ['Warnings', result.warnings.length > 0 && `${formatCount(result.warnings.length)}, shown above`],
    ]),
    '',
  ].join('\n')

/** Directories of one folder as the folder and their names; others whole. */
const pathsOf = (paths: readonly string[]): string => {
  const [folder = ''] = paths.map((path) => path.slice(0, path.lastIndexOf('/')))
  const names = paths.map((path) => path.slice(folder.length + 1))
  const together =
    paths.length > 1 && paths.every((path, i) => path === `${folder}/${names[i]}` && !names[i]?.includes('/'))
  return together ? `${names.join(', ')} in ${folder}` : paths.join(', ')
}

const bigDataOf = ({ status, detail }: NonNullable<BackupSummary['bigData']>): string =>
  status === 'saved' ? 'saved by SeaTable before the dump' : `not saved: ${detail}`

const vanishedOf = ({ count }: NonNullable<BackupSummary['vanished']>): string | false =>
  count > 0 && `${formatQuantity(count, 'file')} that SeaTable removed while restic read; they belong in no snapshot`

const addedOf = ({ bytesAdded, bytesAddedPacked }: BackupSummary): string =>
  typeof bytesAddedPacked === 'number'
    ? `${formatBytes(bytesAdded)} (${formatBytes(bytesAddedPacked)} compressed)`
    : formatBytes(bytesAdded)

export const restoreSummary = (result: RestoreSummary): string =>
  [
    result.target
      ? `Restored snapshot ${shortId(result.snapshot)} into ${result.target}. Nothing live was changed.`
      : `Restored snapshot ${shortId(result.snapshot)}.`,
    '',
    ...(result.databases.length === 0
      ? []
      : [
          renderTable(
            [{ title: 'DATABASE' }, number('TABLES'), number('ROWS')],
            result.databases.map(({ name, tables, rows }) => [name, formatCount(tables), formatCount(rows)]),
          ),
        ]),
    ...facts([
      ['Directories', pathsOf(result.dataPaths)],
      [
        'SeaTable was stopped for',
        result.downtimeSeconds !== null && result.downtimeSeconds > 0 && formatDuration(result.downtimeSeconds),
      ],
      ['Big data', result.bigData?.status === 'restored' && 'brought back by SeaTable'],
      ['Took', formatDuration(result.durationSeconds)],
    ]),
    ...(result.safetySnapshot ? ['', `What was live before is snapshot ${shortId(result.safetySnapshot)}.`] : []),
    ...(result.previous === null || result.previous === undefined
      ? nothingKept(result)
      : [
          '',
          'What was live before is kept. `seatable-restic rollback` brings it back;',
          '`seatable-restic drop-previous` removes it and frees its space.',
        ]),
    ...whatRemains(result.remains ?? [], 'What remains to be done by hand:'),
    '',
  ].join('\n')

/** Only beside the live data anything is kept; on a new machine there is nothing. */
const nothingKept = ({ strategy }: RestoreSummary): string[] =>
  strategy === 'aside'
    ? [
        '',
        'Nothing of it was live here before, so that nothing is kept. `seatable-restic rollback` takes it away again.',
      ]
    : []

/** What a restore cannot do, below a title; nothing when there is nothing. */
export const whatRemains = (sentences: readonly string[], title: string): string[] =>
  sentences.length === 0 ? [] : ['', title, ...sentences.map((sentence) => `- ${sentence}`)]

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

const shortId = (id: string): string => id.slice(0, 8)

/** `Name   value` lines, aligned; those without a value are left out. */
const facts = (lines: readonly (readonly [name: string, value: string | false | null | undefined])[]): string[] => {
  const shown = lines.filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}
