import type { Report } from '../../jobs/report/compose.ts'
import { formatDuration } from '../format.ts'
import { barChart } from './charts/bar-chart.ts'
import type { Chart } from './charts/frame.ts'

/** How long each drill took, and whether it proved its snapshot. */
export const drillChart = ({ from, made, days, drills }: Report): Chart => {
  const longest = Math.max(...drills.map(({ seconds }) => seconds), 0)
  const unit = longest > 2 * 3600 ? 3600 : longest > 120 ? 60 : 1
  const name = { 1: 's', 60: 'min', 3600: 'h' }[unit]
  return barChart({
    says: `How long each of ${drills.length} drills took, at most ${formatDuration(longest)}; the table below has them all`,
    from: new Date(from),
    to: new Date(made),
    days,
    points: drills.map(({ at, seconds, ok }) => ({
      at: new Date(at),
      value: seconds / unit,
      mark: ok
        ? { sign: '✓', kind: 'good', title: 'proven to restore' }
        : { sign: '✗', kind: 'bad', title: 'not proven' },
    })),
    label: (value) => `${value} ${name}`,
  })
}
