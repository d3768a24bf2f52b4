import { formatBytes, formatCount, formatDuration, formatTime } from './format.ts'
import { whatRemains } from './summary.ts'
import { type Column, renderTable } from './table.ts'

interface BackupPlan {
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly dataBytes: number }[]
  readonly dataPaths: readonly string[]
  readonly place: string
  readonly parent: string | null
  readonly bigData: { readonly saved: boolean; readonly detail: string }
}

interface RestorePlan {
  readonly snapshot: string
  readonly instant: string
  readonly strategy: 'aside' | 'in-place'
  readonly databases: readonly {
    readonly name: string
    readonly rows: number
    readonly bytes: number
    readonly liveRows: number | null
  }[]
  readonly files: { readonly count: number; readonly bytes: number }
  readonly newestLive: string | null
  readonly space: readonly {
    readonly what: string
    readonly path: string
    readonly needed: number
    readonly free: number
  }[]
  readonly directories: readonly { readonly name: string; readonly live: string; readonly exists: boolean }[]
  readonly kept: readonly { readonly name: string; readonly reason: string }[]
  readonly server: {
    readonly saved: string
    readonly now: string
    readonly relation: 'same' | 'older' | 'newer' | 'other kind' | 'unknown'
  }
  readonly seatable: {
    readonly saved: { readonly version: string | null }
    readonly now: { readonly version: string | null }
    readonly sameSchema: boolean
  }
  readonly bigData: { readonly restored: boolean; readonly emptied: string | null }
  readonly stops: readonly string[]
  readonly extraPaths: readonly string[]
  readonly remains: readonly string[]
  readonly previous?: KeptData | null
  readonly refused?: readonly { readonly message: string; readonly hint: string }[]
}

interface KeptData {
  readonly replacedAt: string
  readonly databases: readonly string[]
  readonly directories: readonly string[]
}

const noWriters = 'No running SeaTable container was found: make sure that nothing writes to its data.'

const number = (title: string): Column => ({ title, align: 'right' })

/** What `backup --dry-run` tells. */
export const backupPlan = ({ databases, dataPaths, place, parent, bigData }: BackupPlan): string =>
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
    bigData.saved
      ? `SeaTable would save its big data before, ${bigData.detail}.`
      : `Big data would not be saved before: ${bigData.detail}.`,
    'Nothing was saved.',
    '',
  ].join('\n')

/** What `restore --dry-run` tells, and what is shown before the question. */
export const restorePlan = (plan: RestorePlan, now: Date): string => {
  const { snapshot, instant, databases, files, directories, kept, extraPaths, space } = plan
  const age = (now.getTime() - new Date(instant).getTime()) / 1000
  return [
    `Snapshot ${snapshot.slice(0, 8)}: SeaTable as it was at ${formatTime(instant)}, ${formatDuration(age)} ago.`,
    '',
    ...(databases.length === 0
      ? []
      : [
          renderTable(
            [{ title: 'DATABASE' }, number('ROWS THEN'), number('ROWS NOW, ABOUT'), number('SIZE')],
            databases.map(({ name, rows, bytes, liveRows }) => [
              name,
              formatCount(rows),
              liveRows === null ? 'new here' : formatCount(liveRows),
              formatBytes(bytes),
            ]),
          ),
        ]),
    ...directories.map(({ live, exists }) => `${live} ${exists ? 'is replaced' : 'is new here'}`),
    ...kept.map(({ name, reason }) => `${name} stays as it is: ${reason}`),
    ...(extraPaths.length === 0
      ? []
      : [`Also in the snapshot, and not restored by this; --target puts it into a folder: ${extraPaths.join(', ')}`]),
    `The snapshot holds ${formatCount(files.count)} files, ${formatBytes(files.bytes)}.`,
    '',
    lossOf(plan),
    ...roomFor(space),
    ...serverDifference(plan),
    ...versionDifference(plan),
    ...bigDataOf(plan),
    ...whatStops(plan),
    ...earlierOf(plan),
    ...whatRemains(plan.remains, 'Afterwards, by hand:'),
    ...(plan.refused ?? []).flatMap(({ message, hint }) => ['', `REFUSED as things are: ${message}.`, hint]),
    '',
  ].join('\n')
}

const roomFor = (space: RestorePlan['space']): string[] =>
  space.map(
    ({ what, path, needed, free }) =>
      `${needed > free ? 'NO ROOM' : 'Room'} for ${what} at ${path}: about ${formatBytes(needed)} needed, ${formatBytes(free)} free.`,
  )

/** What an earlier restore has left can be kept no longer. */
const earlierOf = ({ previous = null }: RestorePlan): string[] =>
  previous === null
    ? []
    : [
        `What was live until ${formatTime(previous.replacedAt)} is still kept, and dropped for this: ${[...previous.databases, ...previous.directories].join(', ')}.`,
      ]

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
}: {
  readonly snapshot: string
  readonly instant: string
  readonly target: string
  readonly databases: readonly { readonly rows: number; readonly bytes: number; readonly to: string }[]
  readonly directories: readonly { readonly to: string; readonly bytes: number }[]
  readonly extraPaths: readonly { readonly path: string; readonly to: string; readonly bytes: number }[]
  readonly installation: readonly { readonly path: string; readonly to: string; readonly bytes: number }[]
  readonly space: RestorePlan['space']
}): string =>
  [
    `Snapshot ${snapshot.slice(0, 8)}, SeaTable as it was at ${formatTime(instant)}, would be put into ${target}:`,
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

const lossOf = ({ newestLive, instant }: RestorePlan): string => {
  if (newestLive === null) return 'What changed in the live data since then is lost.'
  const seconds = (new Date(newestLive).getTime() - new Date(instant).getTime()) / 1000
  return seconds <= 0
    ? `The newest change in the live data, of ${formatTime(newestLive)}, is in the snapshot.`
    : `LOST: what changed since then; the newest change in the live data is of ${formatTime(newestLive)}, ${formatDuration(seconds)} later.`
}

const serverDifference = ({ server }: RestorePlan): string[] => {
  if (server.saved === server.now) return []
  const difference = `The dump comes from server ${server.saved}; this one is ${server.now}.`
  if (server.relation === 'older') return [`WARNING: ${difference} An older server may refuse what a newer one wrote.`]
  return server.relation === 'other kind'
    ? [`OTHER KIND OF SERVER: ${difference} It is refused unless --other-version is given.`]
    : [difference]
}

const bigDataOf = ({ bigData: { restored, emptied } }: RestorePlan): string[] =>
  restored
    ? [
        ...(emptied === null ? [] : [`${emptied} is replaced by an empty directory.`]),
        'SeaTable is asked for the big data of the snapshot when it runs again.',
      ]
    : []

const versionDifference = ({ seatable: { saved, now, sameSchema } }: RestorePlan): string[] => {
  if (saved.version === null || now.version === null || saved.version === now.version) return []
  const difference = `The snapshot is of SeaTable ${saved.version}; SeaTable ${now.version} is installed.`
  return [sameSchema ? difference : `OTHER SCHEMA: ${difference} It is refused unless --other-version is given.`]
}

const isAnythingLive = ({ databases, directories }: RestorePlan): boolean =>
  databases.some(({ liveRows }) => liveRows !== null) || directories.some(({ exists }) => exists)

const whatStops = (plan: RestorePlan): string[] => {
  const { stops, strategy } = plan
  const names = stops.join(', ')
  return strategy === 'aside'
    ? [
        stops.length === 0 ? noWriters : `Stopped for the swap, for seconds: ${names}.`,
        isAnythingLive(plan)
          ? 'What is live now is kept: `seatable-restic rollback` brings it back, until `seatable-restic drop-previous`.'
          : 'Nothing of it is live here yet: there is nothing to keep. `seatable-restic rollback` takes it away again.',
      ]
    : [
        stops.length === 0 ? noWriters : `Stopped until the whole restore is done: ${names}.`,
        isAnythingLive(plan)
          ? 'What is live now is replaced; a safety snapshot of it is taken before.'
          : 'Nothing of it is live here yet: there is nothing to replace.',
      ]
}

/** What `rollback --dry-run` tells, and what is shown before the question. */
export const rollbackPlan = ({
  snapshot,
  replacedAt,
  databases,
  directories,
  stops,
}: {
  readonly snapshot: string
  readonly replacedAt: string
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly comesBack: boolean }[]
  readonly directories: readonly { readonly live: string; readonly comesBack: boolean }[]
  readonly stops: readonly string[]
}): string =>
  [
    `Rollback: what was live until ${formatTime(replacedAt)} takes the place of snapshot ${snapshot.slice(0, 8)}, and of all that changed since.`,
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

/** What `drop-previous --dry-run` tells, and what is shown before the question. */
export const dropPlan = ({
  replacedAt,
  drops,
  directories,
  directoryBytes,
}: {
  readonly replacedAt: string
  readonly drops: readonly { readonly name: string; readonly tables: number; readonly bytes: number }[]
  readonly directories: readonly string[]
  readonly directoryBytes: number | null
}): string =>
  [
    `What was live until ${formatTime(replacedAt)} is dropped, and with it the way back to it:`,
    '',
    ...drops.map(
      ({ name, tables, bytes }) => `database ${name}: ${formatCount(tables)} tables, about ${formatBytes(bytes)}`,
    ),
    ...directories,
    ...(directories.length === 0 || directoryBytes === null
      ? []
      : [`The directories hold ${formatBytes(directoryBytes)}.`]),
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
  incomplete,
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
    readonly notes: readonly string[]
  }[]
  readonly files: { readonly count: number; readonly bytes: number }
  readonly incomplete: readonly string[]
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
    ...databases.flatMap(({ differences, notes }) => [...differences, ...notes].map((line) => `  ${line}`)),
    ...incomplete.map((lacking) => `  ${lacking}`),
    `${formatCount(files.count)} files (${formatBytes(files.bytes)}) were read back whole. Took ${formatDuration(durationSeconds)}.`,
    '',
  ].join('\n')
