import { type Chart, type Mark, type Point, size, timeScale, timeTicks, valueScale, valueTicks } from './frame.ts'

interface BarChart {
  readonly says: string
  readonly from: Date
  readonly to: Date
  readonly points: readonly (Point & { readonly mark?: Omit<Mark, 'place'> })[]
  readonly days: number
  readonly label: (value: number) => string
}

/** A bar for each point, as wide as most of its share of the period. */
export const barChart = ({ says, from, to, points, days, label }: BarChart): Chart => {
  const [x, y] = [timeScale(from, to), valueScale(points.map(({ value }) => value))]
  const width = Math.round((size / Math.max(days, 8)) * 0.7)
  const middle = (at: Date) => Math.min(Math.max(x(at), width / 2), size - width / 2)
  return {
    says,
    kind: 'bars',
    path: points
      .map(({ at, value }) => {
        const [left, top] = [Math.round(middle(at) - width / 2), Math.round(y(value))]
        return `M${left},${size}V${top}H${left + width}V${size}Z`
      })
      .join(''),
    across: timeTicks(x),
    up: valueTicks(y, label),
    marks: points.flatMap(({ at, mark }) => (mark === undefined ? [] : [{ ...mark, place: middle(at) / 100 }])),
  }
}
