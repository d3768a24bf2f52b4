import type { MeasureName } from './options.ts'

export type Unit = 'seconds' | 'milliseconds' | 'bytes'

/** What was measured of one contender: a sample a round. */
export interface Figure {
  readonly measure: MeasureName
  /** Of SQL at full scale. */
  readonly megabytes: number
  readonly what: string
  readonly contender: string
  readonly unit: Unit
  readonly samples: readonly number[]
}

/** Megabytes of SQL at this scale, for people. */
export const sizeAt = (megabytes: number, scale: number): string => String(Number((megabytes * scale).toPrecision(6)))

/** Who is measured, by the names that people read. */
export const contenders = {
  fast: 'seatable-restic, fast route',
  plain: 'seatable-restic, plain route',
  ours: 'seatable-restic',
  manual: 'mysqldump --opt',
  gzip: 'mysqldump --opt | gzip',
  mydumper: 'mydumper -t 2, sync',
  restic: 'our dump, then restic alone',
  replay: 'mysql < dump',
  myloader: 'myloader -t 2, sync',
  nobody: 'nobody',
  node: 'node itself',
} as const
