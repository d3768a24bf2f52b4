import type { Report } from '../../jobs/report/compose.ts'
import { formatBytes } from '../format.ts'
import { barChart } from './charts/bar-chart.ts'
import { binaryUnit } from './charts/binary-unit.ts'
import { lineChart } from './charts/line-chart.ts'

export const growthView = ({ from, made, days, growth: { additions, stretches } }: Report) => {
  const [begin, end] = [new Date(from), new Date(made)]
  const total = additions.at(-1)?.total ?? 0
  const most = Math.max(...additions.map(({ added }) => added), 0)
  return {
    stretch: stretches[0]?.begins.length === 7 ? 'month' : 'week',
    addedChart: barChart({
      says: `What each of ${additions.length} backups added, at most ${formatBytes(most)}`,
      from: begin,
      to: end,
      days,
      ...binaryUnit(additions.map(({ at, added }) => ({ at: new Date(at), value: added }))),
    }),
    totalChart: lineChart({
      says: `What the backups added so far, ${formatBytes(total)} in the end`,
      from: begin,
      to: end,
      gap: Number.POSITIVE_INFINITY,
      ...binaryUnit(additions.map(({ at, total: value }) => ({ at: new Date(at), value }))),
    }),
  }
}
