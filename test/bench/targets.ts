import { contenders, type Figure, sizeAt } from './figures.ts'
import { largestRowBytes, memorySizes } from './measures/memory.ts'
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

const dumpAgainstMydumper = (what: string, limit: number): Target => ({
  target: `Dump to verified staging, fast route, against mydumper with two threads and sync (${what})`,
  ...{ limit, kind: 'ratio', ours: select('dump', what, contenders.fast) },
  peer: select('dump', what, contenders.mydumper),
})

const restored = (target: string, limit: number, what: string, peer: string): Target => ({
  ...{ target, limit, kind: 'ratio', ours: select('restore', what, contenders.ours) },
  peer: select('restore', 'dtable_db, the load alone, wall', peer),
})

const fromRestic = 'dtable_db, from restic to live, wall'
const wholeRestore = 'Verified restore of dtable_db, from restic to live'

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
  dumpAgainstMydumper('wall time', 1.3),
  dumpAgainstMydumper('CPU time', 1.4),
  restored(`${wholeRestore}, against mysql < dump alone`, 0.6, fromRestic, contenders.replay),
  restored(`${wholeRestore}, against myloader with two threads and sync`, 1.2, fromRestic, contenders.myloader),
  restored('The replay in it, against mysql < dump', 0.85, 'dtable_db, the replay', contenders.replay),
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

const works = [
  { work: 'dump', contender: contenders.fast },
  { work: 'dump', contender: contenders.plain },
  { work: 'backup', contender: contenders.ours },
  { work: 'restore', contender: contenders.ours },
]

const memories = [
  { whose: 'the Node process', what: 'peak of a', limit: 150_000_000 },
  { whose: 'all processes but restic', what: 'together, peak of a', limit: 200_000_000 + 4 * largestRowBytes },
]

const memoryTargets = (scale: number): Target[] => {
  const [small, large] = memorySizes
  const peaks = memories.flatMap((memory) => works.map((work) => ({ ...memory, ...work })))
  return [
    ...memorySizes.flatMap((megabytes) =>
      peaks.map(
        ({ whose, what, limit, work, contender }): Target => ({
          target: `Memory of ${whose}, rows up to 5 MB, ${sizeAt(megabytes, scale)} MB of SQL: ${work} (${contender})`,
          ...{ limit, kind: 'bytes', ours: select('memory', `${what} ${work}`, contender, megabytes) },
        }),
      ),
    ),
    ...peaks.map(
      ({ whose, what, work, contender }): Target => ({
        target: `Memory of ${whose} at ${sizeAt(large, scale)} MB of SQL against ${sizeAt(small, scale)} MB: ${work} (${contender})`,
        ...{ limit: 1.2, kind: 'ratio' },
        ours: select('memory', `${what} ${work}`, contender, large),
        peer: select('memory', `${what} ${work}`, contender, small),
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
