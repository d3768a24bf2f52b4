import type { Figure, Unit } from './figures.ts'
import type { MeasuredRun } from './measured-run.ts'
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

/** The figures of times of runs: by the clock, and of processors; altogether, and of both sides. */
export const timesOf = (
  figure: ReturnType<typeof figuresOf>,
  contender: string,
  runs: readonly MeasuredRun[],
  what = '',
): Figure[] => {
  if (runs.length === 0) return []
  const words = what === '' ? '' : `${what}, `
  const seconds = (name: string, value: (run: MeasuredRun) => number) =>
    figure(`${words}${name}`, contender, 'seconds', runs.map(value))
  return [
    seconds('wall time', (run) => run.seconds),
    seconds('CPU time', ({ cpu }) => cpu.programs + cpu.server),
    seconds('of it the programs', ({ cpu }) => cpu.programs),
    seconds('of it the server', ({ cpu }) => cpu.server),
  ]
}

export const figuresOf =
  (measure: MeasureName, megabytes: number) =>
  (what: string, contender: string, unit: Unit, samples: readonly number[]): Figure => ({
    ...{ measure, megabytes, what, contender, unit, samples },
  })
