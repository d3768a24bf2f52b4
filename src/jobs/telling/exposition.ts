import { Gauge, Registry } from 'prom-client'
import type { Run } from '../history/run.ts'
import { isGood, type Operation, operationOf } from './operations.ts'

/** What the metrics are made of: everything is on this host already. */
export interface Told {
  /** Oldest first. */
  readonly runs: readonly Run[]
  /** What every metric is labelled with: the HOST of the settings. */
  readonly seatable: string
  readonly version: string
  /** Since when what the last restore replaced is kept (ISO 8601); null when nothing is. */
  readonly previousKept: string | null
  /** When a drill last went well by what older versions have noted down, or what the history has lost; null: never. */
  readonly drilledBefore: string | null
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number | undefined
}

interface Metric {
  /** Without what all of them begin with. */
  readonly name: string
  readonly help: string
  readonly samples: readonly Sample[]
}

/** As a shell tells of a program that was killed: no run ends with it by itself. */
const killed = 137

/** In the text format of Prometheus, without times: node_exporter refuses a file with one. */
export const exposition = async (told: Told): Promise<string> => {
  const registry = new Registry()
  registry.setDefaultLabels({ seatable: told.seatable })
  for (const { name, help, samples } of metricsOf(told)) {
    const known = samples.filter((sample) => Number.isFinite(sample.value))
    if (known.length === 0) continue
    const labelNames = Object.keys(known[0]?.labels ?? {})
    const gauge = new Gauge({ name: `seatable_restic_${name}`, help, labelNames, registers: [registry] })
    for (const { labels = {}, value = 0 } of known) gauge.set({ ...labels }, value)
  }
  return registry.metrics()
}

const metricsOf = (told: Told): Metric[] => [
  one('build_info', 'The version that wrote this.', 1, { version: told.version }),
  ...lastRuns(told),
  ...lastBackup(told.runs),
  ...lastDrill(told),
  ...lastDoctor(told.runs),
  one(
    'previous_kept_timestamp_seconds',
    'Since when what the last restore replaced is kept.',
    seconds(told.previousKept),
  ),
]

const lastRuns = ({ runs, drilledBefore }: Told): Metric[] => {
  const last = new Map<Operation, Run>()
  // What is to be alerted on is there from the beginning: never is 0.
  const lastGood = new Map<Operation, number | undefined>([
    ['backup', 0],
    ['drill', seconds(drilledBefore) ?? 0],
  ])
  for (const run of runs) {
    last.set(operationOf(run), run)
    if (isGood(run)) lastGood.set(operationOf(run), seconds(run.ended))
  }
  const each = (value: (run: Run) => number | undefined): Sample[] =>
    [...last].map(([command, run]) => ({ labels: { command }, value: value(run) }))
  return [
    {
      name: 'last_run_timestamp_seconds',
      help: 'When the last run began.',
      samples: each((run) => seconds(run.began)),
    },
    { name: 'last_run_duration_seconds', help: 'How long the last run took.', samples: each(duration) },
    {
      name: 'last_run_exit_code',
      help: 'What the last run ended with; 137 when it was killed.',
      samples: each(({ exitCode }) => exitCode ?? killed),
    },
    {
      name: 'last_success_timestamp_seconds',
      help: 'When the last run that did all it should ended; 0 when there was none. Failures do not change it.',
      samples: [...lastGood].map(([command, value]) => ({ labels: { command }, value })),
    },
  ]
}

const lastBackup = (runs: readonly Run[]): Metric[] => {
  const last = newest(runs, (run) => operationOf(run) === 'backup' && isGood(run))
  const { instant, bytesAdded, bytesAddedPacked, databases = [], files, bigData } = last?.facts ?? {}
  const snapshots = newest(runs, ({ facts }) => facts.snapshots !== undefined)?.facts.snapshots
  return [
    one('snapshot_instant_timestamp_seconds', 'As of when the databases of the last backup are.', seconds(instant)),
    {
      name: 'snapshots',
      help: 'Snapshots of this SeaTable.',
      samples: (['whole', 'partial', 'incomplete', 'safety'] as const).map((kind) => ({
        labels: { kind },
        value: snapshots?.[kind],
      })),
    },
    one('added_bytes', 'What the last backup added to the repository, before compression.', bytesAdded),
    one('added_packed_bytes', 'What the last backup added to the repository, as it is stored.', bytesAddedPacked),
    {
      name: 'database_rows',
      help: 'Rows of a database in the last backup.',
      samples: databases.map(({ name, rows }) => ({ labels: { database: name }, value: rows })),
    },
    {
      name: 'database_bytes',
      help: 'Size of the dump of a database in the last backup.',
      samples: databases.map(({ name, bytes }) => ({ labels: { database: name }, value: bytes })),
    },
    one('files', 'Files in the last backup.', files?.count),
    one('files_bytes', 'Size of the files in the last backup.', files?.bytes),
    one('big_data_saved', 'Whether SeaTable saved its big data before the last backup.', bigDataSaved(bigData)),
  ]
}

const lastDrill = ({ runs, drilledBefore }: Told): Metric[] => {
  const last = newest(runs, (run) => operationOf(run) === 'drill' && isGood(run))
  return [
    one(
      'drill_last_success_timestamp_seconds',
      'When a snapshot was last proven to restore.',
      seconds(last?.ended ?? drilledBefore),
    ),
    one(
      'drill_snapshot_instant_timestamp_seconds',
      'As of when the databases of that snapshot are.',
      seconds(last?.facts.instant),
    ),
  ]
}

const lastDoctor = (runs: readonly Run[]): Metric[] => {
  const found = newest(runs, ({ facts }) => facts.doctor !== undefined)?.facts.doctor
  return [
    {
      name: 'doctor_checks',
      help: 'Checks of the last doctor.',
      samples: (['ok', 'warn', 'fail'] as const).map((status) => ({ labels: { status }, value: found?.[status] })),
    },
    {
      name: 'doctor_check',
      help: 'What the last doctor found that is not right: 1 warns, 2 fails.',
      samples: [
        ...(found?.warned ?? []).map((id) => ({ labels: { id }, value: 1 })),
        ...(found?.failed ?? []).map((id) => ({ labels: { id }, value: 2 })),
      ],
    },
  ]
}

const one = (name: string, help: string, value: number | undefined, labels: Sample['labels'] = {}): Metric => ({
  name,
  help,
  samples: [{ labels, value }],
})

const newest = (runs: readonly Run[], is: (run: Run) => boolean): Run | undefined => runs.findLast(is)

const seconds = (time: string | null | undefined): number | undefined =>
  time === null || time === undefined ? undefined : Date.parse(time) / 1000

// When a kill was noticed says nothing of how long the run took.
const duration = ({ began, ended, exitCode }: Run): number | undefined =>
  exitCode === null ? undefined : (Date.parse(ended) - Date.parse(began)) / 1000

/** Where there is no big data, or none is wanted, there is nothing to tell. */
const bigDataSaved = (status: string | undefined): number | undefined =>
  status === 'saved' || status === 'failed' ? Number(status === 'saved') : undefined
