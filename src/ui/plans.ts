import { formatBytes, formatCount, formatDuration, formatTime } from './format.ts'
import { type Column, renderTable } from './table.ts'

interface BackupPlan {
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly dataBytes: number }[]
  readonly dataPaths: readonly string[]
  readonly place: string
  readonly parent: string | null
}

interface RestorePlan {
  readonly snapshot: string
  readonly instant: string
  readonly databases: readonly {
    readonly name: string
    readonly tables: number
    readonly rows: number
    readonly bytes: number
    readonly exists: boolean
  }[]
  readonly directories: readonly { readonly name: string; readonly live: string; readonly exists: boolean }[]
  readonly kept: readonly { readonly name: string; readonly reason: string }[]
  readonly server: { readonly saved: string; readonly now: string }
  readonly stops: readonly string[]
}

const number = (title: string): Column => ({ title, align: 'right' })

/** What `backup --dry-run` tells. */
export const backupPlan = ({ databases, dataPaths, place, parent }: BackupPlan): string =>
  [
    `A backup would dump these databases of ${place} in one transaction:`,
    '',
    renderTable(
      [{ title: 'DATABASE' }, number('TABLES'), number('DATA')],
      databases.map(({ name, tables, dataBytes }) => [name, formatCount(tables), formatBytes(dataBytes)]),
    ),
    'and save the dumps in one snapshot with',
    ...dataPaths.map((path) => `  ${path}`),
    parent === null
      ? 'It would be the first snapshot.'
      : `Only what changed since snapshot ${parent.slice(0, 8)} would be added.`,
    'Nothing was saved.',
    '',
  ].join('\n')

/** What `restore --dry-run` tells, and what is shown before the question. */
export const restorePlan = ({ snapshot, instant, databases, directories, kept, server, stops }: RestorePlan): string =>
  [
    `Snapshot ${snapshot.slice(0, 8)}: SeaTable as it was at ${formatTime(instant)}.`,
    '',
    ...(databases.length === 0
      ? []
      : [
          renderTable(
            [{ title: 'DATABASE' }, number('TABLES'), number('ROWS'), number('SIZE'), { title: '' }],
            databases.map(({ name, tables, rows, bytes, exists }) => [
              name,
              formatCount(tables),
              formatCount(rows),
              formatBytes(bytes),
              exists ? 'replaces what is live' : 'new on this server',
            ]),
          ),
        ]),
    ...directories.map(({ live, exists }) => `${live} ${exists ? 'is replaced' : 'is new here'}`),
    ...kept.map(({ name, reason }) => `${name} stays as it is: ${reason}`),
    ...(server.saved === server.now ? [] : [`The dump comes from server ${server.saved}; this one is ${server.now}.`]),
    stops.length === 0
      ? 'No running SeaTable container was found: make sure that nothing writes to its data.'
      : `Stopped for the swap, for seconds: ${stops.join(', ')}.`,
    'What is live now is kept until `seatable-restic drop-previous`.',
    '',
  ].join('\n')

/** What `rollback` tells. */
export const rollbackSummary = ({
  snapshot,
  databases,
  dataPaths,
  downtimeSeconds,
  durationSeconds,
}: {
  readonly snapshot: string
  readonly databases: readonly string[]
  readonly dataPaths: readonly string[]
  readonly downtimeSeconds: number
  readonly durationSeconds: number
}): string =>
  [
    `Rolled back: what was live before the restore of snapshot ${snapshot.slice(0, 8)} is live again.`,
    '',
    ...[...databases, ...dataPaths].map((name) => `  ${name}`),
    '',
    `SeaTable was stopped for ${formatDuration(downtimeSeconds)}; the whole took ${formatDuration(durationSeconds)}.`,
    'What the restore had brought is kept in turn: `seatable-restic rollback` brings it back,',
    '`seatable-restic drop-previous` removes it and frees its space.',
    '',
  ].join('\n')

/** What `drill` tells. */
export const drillSummary = ({
  snapshot,
  instant,
  ok,
  databases,
  files,
  durationSeconds,
}: {
  readonly snapshot: string
  readonly instant: string
  readonly ok: boolean
  readonly databases: readonly {
    readonly name: string
    readonly tables: number
    readonly rows: number
    readonly identical: boolean
    readonly differences: readonly string[]
  }[]
  readonly files: { readonly count: number; readonly bytes: number }
  readonly durationSeconds: number
}): string =>
  [
    ok
      ? `Snapshot ${snapshot.slice(0, 8)} restores: SeaTable as it was at ${formatTime(instant)}.`
      : `Snapshot ${snapshot.slice(0, 8)} does not restore to what was saved.`,
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
    ...databases.flatMap(({ differences }) => differences.map((difference) => `  ${difference}`)),
    `${formatCount(files.count)} files (${formatBytes(files.bytes)}) were read back whole. Took ${formatDuration(durationSeconds)}.`,
    '',
  ].join('\n')
