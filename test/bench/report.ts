import { formatBytes } from '../../src/ui/format.ts'
import { renderTable } from '../../src/ui/table.ts'
import { type Figure, sizeAt, type Unit } from './figures.ts'
import type { MeasureName } from './options.ts'
import { median } from './rounds.ts'
import type { Verdict } from './targets.ts'

/** Everything that a run has found; with `--json` as it is here. */
export interface Report {
  readonly scale: number
  readonly rounds: number
  readonly daysKept: number
  readonly manySessions: boolean
  /** Peers that are not installed. */
  readonly missing: readonly string[]
  /** True when a missed target is a failure: at scale 1 or more. */
  readonly binding: boolean
  readonly machine: Machine
  readonly durationSeconds: number
  readonly figures: readonly (Figure & { readonly median: number })[]
  readonly targets: readonly Verdict[]
  readonly failures: readonly Failure[]
}

/** A measure that was not taken to its end. */
export interface Failure {
  readonly measure: MeasureName
  /** Of SQL at full scale. */
  readonly megabytes: number
  readonly message: string
}

export interface Machine {
  readonly processors: number
  readonly memoryBytes: number
  readonly node: string
  readonly restic: string
  readonly server: string
  readonly docker: string
}

/** A missed target is a failure only where targets bind. */
export const exitCodeOf = ({ binding, targets, failures }: Pick<Report, 'binding' | 'targets' | 'failures'>): number =>
  failures.length > 0 || (binding && targets.some(({ met }) => !met)) ? 1 : 0

export const withMedian = (figure: Figure): Report['figures'][number] => ({ ...figure, median: median(figure.samples) })

/** For people: what was measured, and what of it must be true. */
export const renderReport = ({ scale, rounds, machine, figures, targets, failures, ...rest }: Report): string =>
  [
    `Scale ${scale}, ${rounds} rounds, on ${machine.processors} processors; ${machine.server} in Docker ${machine.docker}, ${machine.restic}, Node ${machine.node}; logs kept for ${rest.daysKept} days${rest.manySessions ? ', many sessions' : ''}`,
    '',
    renderTable(
      [
        { title: 'Measure' },
        { title: 'MB of SQL', align: 'right' },
        { title: 'What' },
        { title: 'Whose' },
        { title: 'Median', align: 'right' },
        { title: 'Lowest', align: 'right' },
        { title: 'Highest', align: 'right' },
      ],
      figures.map(({ measure, megabytes, what, contender, unit, median: middle, samples }) => [
        ...[measure, megabytes === 0 ? '' : sizeAt(megabytes, scale), what, contender],
        ...[middle, Math.min(...samples), Math.max(...samples)].map((value) => inUnit(value, unit)),
      ]),
    ),
    renderTable(
      [{ title: 'Target' }, { title: 'Measured', align: 'right' }, { title: 'Limit', align: 'right' }, { title: '' }],
      targets.map(({ target, measured, limit, kind, met }) => [
        ...[target, inKind(measured, kind), inKind(limit, kind), met ? 'met' : 'missed'],
      ]),
    ),
    ...failures.map((failure) => `${describeFailure(failure, scale)}\n`),
    rest.missing.length === 0 ? '' : `Not installed here, and so not measured: ${rest.missing.join(', ')}.\n`,
    rest.binding
      ? ''
      : 'Below scale 1 the targets are for information only: they are meant for 500 MB of SQL and more.\n',
  ].join('\n')

export const describeFailure = ({ measure, megabytes, message }: Failure, scale: number): string =>
  `The measure ${measure}${megabytes === 0 ? '' : `, ${sizeAt(megabytes, scale)} MB of SQL`}, failed: ${message}`

/** In a line, for whoever waits: a long run that fails has said what it found. */
export const describeFigure = ({ what, contender, unit, samples }: Figure): string =>
  `${what}, ${contender}: ${samples.map((sample) => inUnit(sample, unit)).join(', ')}`

const inUnit = (value: number, unit: Unit): string =>
  unit === 'bytes' ? formatBytes(value) : unit === 'seconds' ? `${value.toFixed(2)} s` : `${value.toFixed(0)} ms`

const inKind = (value: number, kind: Verdict['kind']): string =>
  kind === 'ratio' ? value.toFixed(3) : inUnit(value, kind)
