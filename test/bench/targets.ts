import { contenders, type Figure, sizeAt } from './figures.ts'
import { memorySizes } from './measures/memory.ts'
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

const dumpBy = (route: 'fast' | 'plain', limit: number): Target => ({
  target: `Dump to verified staging, ${route} route, against mysqldump --opt`,
  ...{ limit, kind: 'ratio', ours: select('dump', 'wall', contenders[route]) },
  peer: select('dump', 'wall', contenders.manual),
})

const restored = (target: string, limit: number, what: string): Target => ({
  ...{ target, limit, kind: 'ratio', ours: select('restore', what, contenders.ours) },
  peer: select('restore', 'dtable_db, the replay', contenders.replay),
})

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
  dumpBy('fast', 0.85),
  dumpBy('plain', 1.25),
  restored('Verified restore of dtable_db, from restic to live, against mysql < dump alone', 1, 'dtable_db, from'),
  restored('The replay in it, against mysql < dump', 0.85, 'dtable_db, the replay'),
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
]

const peaks = [
  { what: 'peak of a dump', contender: contenders.fast },
  { what: 'peak of a dump', contender: contenders.plain },
  { what: 'peak of a backup', contender: contenders.ours },
  { what: 'peak of a restore', contender: contenders.ours },
]

const memoryTargets = (scale: number): Target[] => {
  const [small, large] = memorySizes
  return [
    ...memorySizes.flatMap((megabytes) =>
      peaks.map(
        ({ what, contender }): Target => ({
          target: `Memory of the Node process, rows up to 5 MB, ${sizeAt(megabytes, scale)} MB of SQL: ${what} (${contender})`,
          ...{ limit: 150_000_000, kind: 'bytes', ours: select('memory', what, contender, megabytes) },
        }),
      ),
    ),
    ...peaks.map(
      ({ what, contender }): Target => ({
        target: `Memory at ${sizeAt(large, scale)} MB of SQL against ${sizeAt(small, scale)} MB: ${what} (${contender})`,
        ...{ limit: 1.2, kind: 'ratio' },
        ours: select('memory', what, contender, large),
        peer: select('memory', what, contender, small),
      }),
    ),
  ]
}

/** The verdicts on whatever was measured at this scale. */
export const judge = (figures: readonly Figure[], scale: number): Verdict[] =>
  [...targets, ...memoryTargets(scale)].flatMap(({ target, limit, kind, ours, peer }) => {
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
