import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import type { MeasuredRun } from '../measured-run.ts'
import { stage } from './dump.ts'

export const largestRowBytes = 5_000_000

/** Rows of one to five megabytes, with what has to be escaped; they have the ids below all others. */
const largeRows = `
INSERT INTO operation_log (id, dtable_uuid, op_id, op_time, operation, author)
  SELECT seq, MD5(seq), seq, seq, REPEAT(CONCAT('{"row": "', MD5(seq), '\\n'), seq * 1000000 / 42), 'someone'
  FROM seq_1_to_5;
`

/** Megabytes of SQL at full scale. */
export const memorySizes = [100, 4000] as const

/** The most memory that is taken, by the Node process and by all but restic together, whatever the size of the databases. */
export const memory: Measure = {
  name: 'memory',
  sizes: memorySizes,
  take: async function* (site, megabytes) {
    const figure = figuresOf('memory', megabytes)
    const ours = await site.install('ours')
    await ours.run(['init'])
    await site.database.sql(largeRows, 'dtable_db')
    const peak = (contender: string, what: string, { peakBytes, peakTogetherBytes }: MeasuredRun) => [
      figure(`peak of a ${what}`, contender, 'bytes', [peakBytes]),
      figure(`together, peak of a ${what}`, contender, 'bytes', [peakTogetherBytes]),
    ]
    site.tell('  dump, fast route and plain route')
    yield* peak(contenders.fast, 'dump', await stage(ours, 'fast'))
    yield* peak(contenders.plain, 'dump', await stage(ours, 'plain'))
    site.tell('  backup and restore')
    yield* peak(contenders.ours, 'backup', await ours.run(['backup']))
    const restore = await ours.run(['restore', 'latest', '--database', 'dtable_db', '--yes'])
    yield* peak(contenders.ours, 'restore', restore)
    await ours.run(['drop-previous', '--yes'])
    await site.database.sql('DELETE FROM operation_log WHERE id <= 5', 'dtable_db')
  },
}
