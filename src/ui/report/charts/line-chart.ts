import { line } from 'd3-shape'
import { type Chart, type Point, timeScale, timeTicks, valueScale, valueTicks } from './frame.ts'

interface LineChart {
  readonly says: string
  readonly from: Date
  readonly to: Date
  readonly points: readonly Point[]
  /** Between points that are further apart, in milliseconds, there is no line. */
  readonly gap: number
  readonly label: (value: number) => string
  /** About how many labels of time there is room for. */
  readonly room?: number
}

export const lineChart = ({ says, from, to, points, gap, label, room }: LineChart): Chart => {
  const [x, y] = [timeScale(from, to), valueScale(points.map(({ value }) => value))]
  return {
    says,
    kind: 'line',
    path: drawLine(
      withGaps(points, gap),
      (at) => x(at),
      (value) => y(value),
    ),
    across: timeTicks(x, room),
    up: valueTicks(y, label),
    marks: [],
  }
}

/** A line of its own scale, from the least to the most, without anything around it. */
export const sparkline = (from: Date, to: Date, points: readonly Point[]): string => {
  const values = points.map(({ value }) => value)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const x = timeScale(from, to)
  return drawLine(
    points,
    (at) => x(at),
    (value) => 9000 - ((value - least) / (most - least || 1)) * 8000,
  )
}

const drawLine = (points: readonly (Point | null)[], x: (at: Date) => number, y: (value: number) => number): string =>
  line<Point | null>()
    .defined((point) => point !== null)
    .x((point) => x((point as Point).at))
    .y((point) => y((point as Point).value))
    .digits(0)([...points]) ?? ''

const withGaps = (points: readonly Point[], gap: number): (Point | null)[] =>
  points.flatMap((point, at) => {
    const before = points[at - 1]
    return before !== undefined && point.at.getTime() - before.at.getTime() > gap ? [null, point] : [point]
  })
