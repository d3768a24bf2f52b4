import type { Report } from '../../jobs/report/compose.ts'
import type { Count, TableRows } from '../../jobs/report/rows.ts'
import { formatCount } from '../format.ts'
import type { Point } from './charts/frame.ts'
import { lineChart, sparkline } from './charts/line-chart.ts'
import { compactCount, signed } from './words.ts'

/** Where a backup is missing for longer, a line of rows is interrupted. */
const gap = 2 * 24 * 3600 * 1000

export const contentsView = ({ from, made, rows: { databases, grown, shrunk } }: Report) => {
  const [begin, end] = [new Date(from), new Date(made)]
  return {
    databases: databases.map(({ name, counts }) => {
      const [first, last] = [counts[0]?.rows ?? 0, counts.at(-1)?.rows ?? 0]
      return {
        name,
        first,
        last,
        change: first === last ? '0' : signed(last - first),
        chart: lineChart({
          says: `Rows of ${name}: from ${formatCount(first)} to ${formatCount(last)}`,
          from: begin,
          to: end,
          points: pointsOf(counts),
          gap,
          label: compactCount,
          room: 3,
        }),
      }
    }),
    changed: [
      { caption: 'Tables that shrank most', tables: shrunk.map(tableView(begin, end)) },
      { caption: 'Tables that grew most', tables: grown.map(tableView(begin, end)) },
    ],
  }
}

const tableView =
  (from: Date, to: Date) =>
  ({ database, name, counts, first, last, change }: TableRows) => ({
    name: `${database}.${name}`,
    spark: sparkline(from, to, pointsOf(counts)),
    first: first === null ? 'new' : formatCount(first),
    last: last === null ? 'gone' : formatCount(last),
    change: signed(change),
  })

const pointsOf = (counts: readonly Count[]): Point[] =>
  counts.map(({ at, rows }) => ({ at: new Date(at), value: rows }))
