import { describe, expect, test } from 'vitest'
import type { Run } from '../../../src/jobs/history/run.ts'
import { exposition, type Told } from '../../../src/jobs/telling/exposition.ts'
import { databasesOf, runOf } from '../../fixture/runs.ts'

const backup = (began: string, given: Partial<Run> = {}): Run =>
  runOf({
    command: 'backup',
    began,
    facts: {
      instant: began,
      bytesAdded: 2_000,
      bytesAddedPacked: 700,
      databases: databasesOf({ name: 'dtable_db', tables: { dtables: 30, workspaces: 10 } }),
      files: { count: 12, bytes: 3_400 },
      bigData: 'saved',
      snapshots: { whole: 9, partial: 1, incomplete: 0, safety: 2 },
    },
    ...given,
  })

const told = async (runs: readonly Run[], { previousKept = null, drilledBefore = null }: Partial<Told> = {}) =>
  (await exposition({ runs, seatable: 'cloud', version: '0.1.0', previousKept, drilledBefore })).split('\n')

const seconds = (time: string): number => Date.parse(time) / 1000

const [first, second, third] = ['2026-05-01T03:00:00Z', '2026-05-02T03:00:00Z', '2026-05-03T03:00:00Z']

describe('the metrics', () => {
  test('keep the last success over runs that fail and over one that was killed', async () => {
    const failures = [backup(second, { exitCode: 1, facts: {} }), backup(third, { exitCode: null, facts: {} })]
    const lines = await told([backup(first), ...failures])
    expect(lines).toContain(
      `seatable_restic_last_success_timestamp_seconds{command="backup",seatable="cloud"} ${seconds(first) + 60}`,
    )
    expect(lines).toContain(
      `seatable_restic_last_run_timestamp_seconds{command="backup",seatable="cloud"} ${seconds(third)}`,
    )
    expect(lines).toContain('seatable_restic_last_run_exit_code{command="backup",seatable="cloud"} 137')
    // When the kill was noticed is not when it happened.
    expect(lines.filter((line) => line.startsWith('seatable_restic_last_run_duration_seconds{'))).toEqual([])
    // What is in the last good backup stays as well.
    expect(lines).toContain('seatable_restic_database_rows{database="dtable_db",seatable="cloud"} 40')
    expect(lines).toContain('seatable_restic_snapshots{kind="safety",seatable="cloud"} 2')
    expect(lines).toContain('seatable_restic_big_data_saved{seatable="cloud"} 1')
  })

  test('say of a backup and a drill that never went well that it was in 1970, so that their alerts fire', async () => {
    const lines = await told([backup(first, { exitCode: 2, facts: {} })])
    for (const command of ['backup', 'drill']) {
      expect(lines).toContain(`seatable_restic_last_success_timestamp_seconds{command="${command}",seatable="cloud"} 0`)
    }
  })

  test('count a snapshot that is incomplete, and a drill that found a difference, as no success', async () => {
    const lines = await told([
      backup(first, { exitCode: 3 }),
      runOf({ command: 'drill', began: second, exitCode: 1, facts: { drill: { ok: false } } }),
    ])
    for (const command of ['backup', 'drill']) {
      expect(lines).toContain(`seatable_restic_last_success_timestamp_seconds{command="${command}",seatable="cloud"} 0`)
    }
  })

  test('take the backup of a wrapper for one, and dumps alone or without a snapshot for none', async () => {
    const dumped = runOf({ command: 'hook pre-backup', began: second })
    const saved = (began: string, wrapperSaved: boolean) =>
      backup(began, { command: 'hook post-backup', facts: { ...backup(began).facts, wrapperSaved } })
    expect(await told([saved(first, true), saved(second, false), dumped])).toEqual(
      expect.arrayContaining([
        `seatable_restic_last_success_timestamp_seconds{command="backup",seatable="cloud"} ${seconds(first) + 60}`,
        `seatable_restic_last_run_timestamp_seconds{command="backup",seatable="cloud"} ${seconds(second)}`,
      ]),
    )
  })

  test('have the last doctor’s findings, what a restore has replaced, and names that are hostile', async () => {
    const doctor = { ok: 40, warn: 1, fail: 1, failed: ['repository'], warned: ['binary-log'] }
    const lines = await told(
      [
        backup(first, { facts: { databases: databasesOf({ name: 'a"b\\c\nd', tables: { t: 1 } }) } }),
        runOf({ command: 'doctor', began: second, exitCode: 1, facts: { doctor } }),
      ],
      { previousKept: third },
    )
    expect(lines).toContain('seatable_restic_doctor_checks{status="ok",seatable="cloud"} 40')
    expect(lines).toContain('seatable_restic_doctor_check{id="repository",seatable="cloud"} 2')
    expect(lines).toContain('seatable_restic_doctor_check{id="binary-log",seatable="cloud"} 1')
    expect(lines).toContain(`seatable_restic_previous_kept_timestamp_seconds{seatable="cloud"} ${seconds(third)}`)
    expect(lines).toContain('seatable_restic_database_rows{database="a\\"b\\\\c\\nd",seatable="cloud"} 1')
  })

  test('know a drill that only an older version, or nothing but its own record, has noted down', async () => {
    const lines = await told([], { drilledBefore: first })
    for (const name of ['last_success_timestamp_seconds{command="drill",', 'drill_last_success_timestamp_seconds{']) {
      expect(lines).toContain(`seatable_restic_${name}seatable="cloud"} ${seconds(first)}`)
    }
  })

  test('leave out what no run has told, and what is no time', async () => {
    const lines = await told([runOf({ command: 'check', began: first, ended: 'never' })])
    expect(lines.filter((line) => /nan|undefined/i.test(line))).toEqual([])
    expect(lines.filter((line) => line.includes('added_bytes'))).toEqual([])
  })
})
