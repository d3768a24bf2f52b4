import { scaleLinear, scaleTime } from 'd3-scale'
import { format } from 'date-fns/format'

/** What is drawn over time. */
export interface Point {
  readonly at: Date
  readonly value: number
}

/** A label and where it stands along its axis, in percent. */
export interface Tick {
  readonly place: number
  readonly label: string
  /** Left out where there is little room. */
  readonly minor: boolean
}

/** A chart as the page draws it: a picture that is stretched, with labels around it that are not. */
export interface Chart {
  /** What a person who cannot see it is told. */
  readonly says: string
  readonly path: string
  readonly kind: 'line' | 'bars'
  readonly across: readonly Tick[]
  readonly up: readonly Tick[]
  readonly marks: readonly Mark[]
}

/** Something that is pointed at. */
export interface Mark {
  readonly place: number
  readonly sign: string
  readonly kind: 'good' | 'bad'
  readonly title: string
}

/** Of the picture, in its own units: percent, with two more digits. */
export const size = 10_000

export const timeScale = (from: Date, to: Date) => scaleTime().domain([from, to]).range([0, size])

/** From 0 at the bottom to a round number at the top. */
export const valueScale = (values: readonly number[]) =>
  scaleLinear()
    .domain([0, Math.max(...values, 1)])
    .nice(upTicks)
    .range([size, 0])

const upTicks = 4
const wideRoom = 10

export const valueTicks = (scale: ReturnType<typeof valueScale>, label: (value: number) => string): Tick[] =>
  scale.ticks(upTicks).map((value) => ({ place: scale(value) / 100, label: label(value), minor: false }))

/** `4 May`: about as many as there is room for; every second of them is left out on narrow pages. */
export const timeTicks = (scale: ReturnType<typeof timeScale>, room: number = wideRoom): Tick[] => {
  const ticks = scale.ticks(room)
  return ticks.map((value, at) => ({
    place: scale(value) / 100,
    label: format(value, 'd MMM'),
    minor: room === wideRoom && at % 2 === 1,
  }))
}
