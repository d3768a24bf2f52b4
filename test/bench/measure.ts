import type { Figure, Unit } from './figures.ts'
import type { MeasureName } from './options.ts'
import type { Site } from './site.ts'

/** Something that is measured, on databases of one or more sizes. */
export interface Measure {
  readonly name: MeasureName
  /** Megabytes of SQL at full scale; none when it needs no database. */
  readonly sizes: readonly number[]
  /** What is handed on stays when a later step fails. */
  readonly take: (site: Site, megabytes: number) => Promise<Figure[]> | AsyncIterable<Figure>
}

export const figuresOf =
  (measure: MeasureName, megabytes: number) =>
  (what: string, contender: string, unit: Unit, samples: readonly number[]): Figure => ({
    ...{ measure, megabytes, what, contender, unit, samples },
  })
