import type { RestorePlan } from '../jobs/restore/plan.ts'
import type { ForeseenRestore } from '../jobs/restore.ts'
import { shortId } from '../short-id.ts'
import { formatBytes, formatCount, formatDuration, formatTime } from './format.ts'
import { facts, noWriters, number, pathsOf, whatRemains } from './parts.ts'
import { renderTable } from './table.ts'

/** Before the question it is not known yet what else stands in the way. */
type ShownPlan = RestorePlan & Partial<Pick<ForeseenRestore, 'previous' | 'refused'>>

/** What `restore --dry-run` tells, and what is shown before the question. */
export const restorePlan = (plan: ShownPlan, now: Date): string => {
  const { snapshot, instant, databases, files, directories, kept, extraPaths, space } = plan
  const age = (now.getTime() - new Date(instant).getTime()) / 1000
  return [
    `Snapshot ${shortId(snapshot)}: SeaTable as it was at ${formatTime(instant)}, ${formatDuration(age)} ago.`,
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
      : [
          `Also in the snapshot, and not restored by this: ${extraPaths.join(', ')}. --extra puts the small files of the installation in their places, --target everything into a folder.`,
        ]),
    `The snapshot holds ${formatCount(files.count)} files, ${formatBytes(files.bytes)}.`,
    '',
    lossOf(plan),
    ...roomFor(space),
    ...serverDifference(plan),
    ...versionDifference(plan),
    ...bigDataOf(plan),
    ...proofOf(plan),
    ...whatStops(plan),
    ...earlierOf(plan),
    ...whatRemains(plan.remains, 'Afterwards, by hand:'),
    ...(plan.refused ?? []).flatMap(({ message, hint }) => ['', `REFUSED as things are: ${message}.`, hint]),
    '',
  ].join('\n')
}

export const roomFor = (space: RestorePlan['space']): string[] =>
  space.map(
    ({ what, path, needed, free }) =>
      `${needed > free ? 'NO ROOM' : 'Room'} for ${what} at ${path}: about ${formatBytes(needed)} needed, ${formatBytes(free)} free.`,
  )

/** What an earlier restore has left can be kept no longer. */
const earlierOf = ({ previous = null }: ShownPlan): string[] =>
  previous === null
    ? []
    : [
        `What was live until ${formatTime(previous.replacedAt)} is still kept, and dropped for this: ${[...previous.databases, ...previous.directories].join(', ')}.`,
      ]

const lossOf = (plan: RestorePlan): string => {
  const { newestLive, instant } = plan
  if (!isAnythingLive(plan)) return 'Nothing is lost: none of this is live here yet.'
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

/** What stays unproven is not known before it was tried: that it will be told, and what the last drill knew of it. */
const proofOf = ({ proof: { tried, lastDrill } }: RestorePlan): string[] => [
  ...(tried === 0
    ? []
    : [
        `Tried on copies before anything is stopped: ${formatCount(tried)} views, triggers, routines and events. What no copy can prove is named then, and you are asked once more.`,
      ]),
  ...(lastDrill === null
    ? []
    : [
        `The drill of ${formatTime(lastDrill.at)} (snapshot ${shortId(lastDrill.snapshot)}) could not prove these:`,
        ...lastDrill.unproven.map((sentence) => `  ${sentence}`),
      ]),
]

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

/** What `restore --json` prints. */
export interface RestoreSummary {
  readonly snapshot: string
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly rows: number }[]
  readonly dataPaths: readonly string[]
  readonly strategy: string
  /** The folder of `--target`. */
  readonly target?: string | null | undefined
  /** What of the installation was put into that folder too. */
  readonly extra?: string | null | undefined
  readonly downtimeSeconds: number | null
  readonly durationSeconds: number
  /** What was live before; null when nothing of it was kept. */
  readonly previous: unknown
  /** The snapshot of what was live before, when it was replaced in place. */
  readonly safetySnapshot?: string | null | undefined
  readonly bigData?: { readonly status: string } | null | undefined
  readonly remains?: readonly string[] | undefined
}

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
      ['Files of the installation', result.extra && `in ${result.extra}, below their whole paths`],
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
