import { parseArgs } from 'node:util'

export const measureNames = [
  'start-up',
  'downtime',
  'memory',
  'dump',
  'unchanged',
  'restore',
  'stall',
  'growth',
] as const

export type MeasureName = (typeof measureNames)[number]

export interface Options {
  /** 1 is 500 MB of SQL and 50,000 files. */
  readonly scale: number
  readonly rounds: number
  readonly json: boolean
  readonly only: readonly MeasureName[]
  /** A restic other than the tests'. */
  readonly restic: string | undefined
  /** Of the growth: for how many days the logs are kept. */
  readonly daysKept: number
  /** Fills the databases with more sessions and bases than SeaTable's manual has. */
  readonly manySessions: boolean
  /** Draws the growth of a repository instead of measuring. */
  readonly growthChart: boolean
  /** Of the chart. */
  readonly days: number
  /** Of the chart: the folder that `growth.svg` and `growth.json` are written to. */
  readonly output: string
}

export const usage = `Usage: npm run bench -- [OPTION…]

  --scale N        1 (the default) is 500 MB of SQL and 50,000 files, 8 is 4 GB; targets bind at 1 or more
  --rounds N       how often each contender runs (default 3)
  --only NAME,…    only these: ${measureNames.join(', ')}
  --restic PATH    another restic
  --json           one JSON document instead of tables (npm run --silent bench -- --json)
  --days-kept N    growth: for how many days the logs are kept, so that a day is one N-th of them (default 100)
  --many-sessions  databases with many sessions and bases that change, beside less of the logs
  --growth-chart   draws the growth of a repository over --days N (default 30) into --output DIR (default docs)

Exit code: 0, or 1 when a measure fails, or a target is missed at scale 1 or more.
`

export class UsageError extends Error {}

/** Null when the usage was asked for. Throws `UsageError`. */
export const readOptions = (args: readonly string[]): Options | null => {
  const { values } = parsed(args)
  if (values.help) return null
  return {
    scale: number('--scale', values.scale, 0.001),
    rounds: whole('--rounds', values.rounds),
    json: values.json,
    only: namesIn(values.only),
    restic: values.restic,
    daysKept: whole('--days-kept', values['days-kept']),
    manySessions: values['many-sessions'],
    growthChart: values['growth-chart'],
    days: whole('--days', values.days),
    output: values.output,
  }
}

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        scale: { type: 'string', default: '1' },
        rounds: { type: 'string', default: '3' },
        json: { type: 'boolean', default: false },
        only: { type: 'string', default: measureNames.join(',') },
        restic: { type: 'string' },
        'days-kept': { type: 'string', default: '100' },
        'many-sessions': { type: 'boolean', default: false },
        'growth-chart': { type: 'boolean', default: false },
        days: { type: 'string', default: '30' },
        output: { type: 'string', default: 'docs' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const number = (option: string, text: string, least: number): number => {
  const value = Number(text)
  if (text.trim() === '' || !(value >= least && value <= 1000)) {
    throw new UsageError(`${option} takes a number from ${least} to 1000, not '${text}'`)
  }
  return value
}

const whole = (option: string, text: string): number => {
  const value = number(option, text, 1)
  if (!Number.isInteger(value)) throw new UsageError(`${option} takes a whole number, not '${text}'`)
  return value
}

const namesIn = (text: string): MeasureName[] => {
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !measureNames.includes(name as MeasureName))
  if (unknown.length > 0) {
    throw new UsageError(
      `--only knows ${measureNames.join(', ')}, and not ${unknown.map((name) => `'${name}'`).join(', ')}`,
    )
  }
  return measureNames.filter((name) => names.includes(name))
}
