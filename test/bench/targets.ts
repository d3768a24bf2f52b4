import { contenders, type Figure } from './figures.ts'
import type { MeasureName } from './options.ts'
import { median, medianRatio } from './rounds.ts'

/** What must be true, and what was measured of it. */
export interface Verdict {
  readonly target: string
  readonly measured: number
  readonly limit: number
  /** Of both: a ratio to the peer, milliseconds, or bytes. */
  readonly kind: 'ratio' | 'milliseconds' | 'bytes'
  readonly met: boolean
}

interface Target {
  readonly target: string
  readonly limit: number
  readonly kind: Verdict['kind']
  readonly ours: Selector
  /** Whom it is measured against; none when the limit is absolute. */
  readonly peer?: Selector
}

interface Selector {
  readonly measure: MeasureName
  readonly contender: string
  /** What the figure's own words begin with. */
  readonly what: string
  readonly megabytes?: number
}

const select = (measure: MeasureName, what: string, contender: string, megabytes?: number): Selector => ({
  ...{ measure, what, contender },
  ...(megabytes === undefined ? {} : { megabytes }),
})

const addedBy = (contender: string, words = 'on the disk') => select('growth', `added by a day, ${words}`, contender)

const targets: readonly Target[] = [
  {
    target: 'A day grows the repository by at most 1/6 of mysqldump --opt (on the disk)',
    ...{ limit: 1 / 6, kind: 'ratio', ours: addedBy(contenders.ours), peer: addedBy(contenders.manual) },
  },
  {
    target: 'A day grows the repository by at most 1/6 of mysqldump --opt (before compression)',
    ...{ limit: 1 / 6, kind: 'ratio' },
    ours: addedBy(contenders.ours, 'before compression'),
    peer: addedBy(contenders.manual, 'before compression'),
  },
  {
    target: 'A day grows the repository by at most 1/8 of mysqldump --opt | gzip (on the disk)',
    ...{ limit: 1 / 8, kind: 'ratio', ours: addedBy(contenders.ours), peer: addedBy(contenders.gzip) },
  },
  {
    target: 'Dump to verified staging, fast route, against mysqldump --opt',
    ...{ limit: 0.85, kind: 'ratio' },
    ours: select('dump', 'wall', contenders.fast),
    peer: select('dump', 'wall', contenders.manual),
  },
  {
    target: 'Dump to verified staging, plain route, against mysqldump --opt',
    ...{ limit: 1.25, kind: 'ratio' },
    ours: select('dump', 'wall', contenders.plain),
    peer: select('dump', 'wall', contenders.manual),
  },
  {
    target: 'Verified restore of dtable_db, from restic to live, against mysql < dump alone',
    ...{ limit: 1, kind: 'ratio' },
    ours: select('restore', 'dtable_db, from', contenders.ours),
    peer: select('restore', 'dtable_db, the replay', contenders.replay),
  },
  {
    target: 'The replay in it, against mysql < dump',
    ...{ limit: 0.85, kind: 'ratio' },
    ours: select('restore', 'dtable_db, the replay', contenders.ours),
    peer: select('restore', 'dtable_db, the replay', contenders.replay),
  },
  {
    target: 'Backup of unchanged data, against our dump and then restic alone on the same paths',
    ...{ limit: 1.15, kind: 'ratio' },
    ours: select('unchanged', 'backup', contenders.ours),
    peer: select('unchanged', 'backup', contenders.restic),
  },
  ...[contenders.fast, contenders.plain].map(
    (contender): Target => ({
      target: `Longest commit of a client during a backup (${contender})`,
      ...{ limit: 250, kind: 'milliseconds', ours: select('stall', 'longest', contender) },
    }),
  ),
  ...[100, 2000].flatMap((megabytes) =>
    peaks().map(
      ({ what, contender }): Target => ({
        target: `Memory of the Node process, rows up to 5 MB, ${megabytes} MB of SQL: ${what} (${contender})`,
        ...{ limit: 150_000_000, kind: 'bytes', ours: select('memory', what, contender, megabytes) },
      }),
    ),
  ),
  ...peaks().map(
    ({ what, contender }): Target => ({
      target: `Memory at 2000 MB of SQL against 100 MB: ${what} (${contender})`,
      ...{ limit: 1.2, kind: 'ratio' },
      ours: select('memory', what, contender, 2000),
      peer: select('memory', what, contender, 100),
    }),
  ),
]

function peaks() {
  return [
    { what: 'peak of a dump', contender: contenders.fast },
    { what: 'peak of a dump', contender: contenders.plain },
    { what: 'peak of a backup', contender: contenders.ours },
    { what: 'peak of a restore', contender: contenders.ours },
  ]
}

/** The verdicts on whatever was measured. */
export const judge = (figures: readonly Figure[]): Verdict[] =>
  targets.flatMap(({ target, limit, kind, ours, peer }) => {
    const [mine, theirs] = [find(figures, ours), peer && find(figures, peer)]
    if (mine === undefined || (peer !== undefined && theirs === undefined)) return []
    const measured = theirs === undefined ? median(mine.samples) : medianRatio(mine.samples, theirs.samples)
    return [{ target, measured, limit, kind, met: measured <= limit }]
  })

const find = (figures: readonly Figure[], { measure, what, contender, megabytes }: Selector): Figure | undefined =>
  figures.find(
    (figure) =>
      figure.measure === measure &&
      figure.contender === contender &&
      figure.what.startsWith(what) &&
      (megabytes === undefined || figure.megabytes === megabytes),
  )
