import { readFile } from 'node:fs/promises'
import { format } from 'date-fns/format'
import { subDays } from 'date-fns/subDays'
import { describe, expect, test } from 'vitest'
import type { Run } from '../../../src/jobs/history/run.ts'
import { composeReport } from '../../../src/jobs/report/compose.ts'
import { type State, stateOf } from '../../../src/jobs/report/state.ts'
import { hostileName, story, storyEnds } from '../../fixture/history-story.ts'
import { runOf } from '../../fixture/runs.ts'

const hours = 3600_000
const well: State = { ok: true, sentence: 'All is well.', more: [] }

const reportOn = (runs: readonly Run[], { now = storyEnds, days = 90 } = {}) =>
  composeReport({
    runs,
    state: well,
    seatable: 'cloud',
    version: '0.1.0',
    now,
    days,
    greatestAge: 36 * hours,
  })

/** As a clock on the wall shows it. */
const local = (time: string | null | undefined) => format(new Date(time ?? ''), 'yyyy-MM-dd HH:mm')

const daysMarked = (mark: string, runs = story()) =>
  reportOn(runs)
    .calendar.filter((day) => day.mark === mark)
    .map(({ date }) => date)

describe('the report on a story that is known', () => {
  const report = reportOn(story())

  test('has a mark for every day, and nothing before the first backup is missed', () => {
    expect(report.calendar).toHaveLength(90)
    expect(report.calendar[0]).toEqual({ date: '2026-03-03', mark: 'quiet' })
    expect(daysMarked('quiet')).toHaveLength(10)
    expect(daysMarked('good')).toHaveLength(75)
    expect(daysMarked('missed')).toEqual(['2026-04-12', '2026-04-13'])
    expect(daysMarked('failed')).toEqual(['2026-04-22', '2026-05-07'])
    expect(daysMarked('incomplete')).toEqual(['2026-05-12'])
  })

  test('names what failed and what was missed, newest first, and no doctor that only found something', () => {
    expect(
      report.trouble.map(({ at, command, exitCode }) => [
        local(at.length === 10 ? `${at}T00:00` : at).slice(0, 10),
        command,
        exitCode,
      ]),
    ).toEqual([
      ['2026-05-12', 'backup', 3],
      ['2026-05-07', 'backup', null],
      ['2026-05-04', 'drill', 1],
      ['2026-04-22', 'backup', 1],
      ['2026-04-13', 'backup', undefined],
      ['2026-04-12', 'backup', undefined],
    ])
  })

  test('adds up what backups added, by weeks that begin on a Monday', () => {
    const { additions, stretches } = report.growth
    expect(additions).toHaveLength(76)
    expect(additions.at(-1)?.total).toBe(additions.reduce((sum, { added }) => sum + added, 0))
    expect(stretches[0]).toEqual({
      begins: '2026-03-09',
      backups: 3,
      added: 60_000_000 + additions.slice(1, 3).reduce((sum, { added }) => sum + added, 0),
    })
    expect(stretches.reduce((sum, { backups }) => sum + backups, 0)).toBe(76)
    expect(reportOn(story(), { days: 365 }).growth.stretches.map(({ begins }) => begins)).toEqual([
      '2026-03',
      '2026-04',
      '2026-05',
    ])
  })

  test('has the rows of every database, and the tables that grew and shrank most', () => {
    expect(report.rows.databases.map(({ name, counts }) => [name, counts[0]?.rows, counts.at(-1)?.rows])).toEqual([
      ['ccnet_db', 446, 525],
      ['seafile_db', 1290, 1527],
      ['dtable_db', 82_800, 112_072],
    ])
    expect(report.rows.shrunk.map(({ name, first, last, change }) => [name, first, last, change])).toEqual([
      ['session_log', 12_000, 0, -12_000],
    ])
    expect(report.rows.grown.map(({ name, first, last, change }) => [name, first, last, change])).toEqual([
      ['operation_log', 70_000, 111_100, 41_100],
      [hostileName, 10, 247, 237],
      ['dtables', 800, 958, 158],
      ['EmailUser', 420, 499, 79],
      ['deleted_forms', null, 14, 14],
    ])
  })

  test('has the drills with what they took, and what the doctor found since when', () => {
    expect(report.drills).toHaveLength(11)
    expect(report.drills.filter(({ ok }) => !ok).map(({ at }) => local(at))).toEqual(['2026-05-04 05:00'])
    expect(report.drills[0]?.seconds).toBe(409)
    const { at, ok, found } = report.findings
    expect([local(at), ok]).toEqual(['2026-05-31 08:00', 40])
    expect(found.map(({ id, status, since }) => [id, status, local(since)])).toEqual([
      ['free-space', 'fail', '2026-05-21 08:00'],
      ['binary-log', 'warn', '2026-03-22 08:00'],
    ])
  })
})

/** The paths of all fields; of a list, those of its first item. */
const fieldsOf = (value: unknown, path = ''): string[] => {
  if (Array.isArray(value)) return value.length === 0 ? [] : fieldsOf(value[0], `${path}[]`)
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) => [`${path}.${name}`, ...fieldsOf(inner, `${path}.${name}`)])
}

test('the report has the fields that its page shows', async () => {
  const section = (await readFile('docs/json.md', 'utf8')).split('\n## Report\n')[1] ?? ''
  const shown = JSON.parse(/^```json\n(.*?)^```$/ms.exec(section)?.[1] ?? '')
  expect(fieldsOf(shown)).toEqual(fieldsOf(reportOn(story())))
})

describe('its sentence', () => {
  const jobs = [
    { job: 'backup', lastGood: '2026-05-31T03:00:00Z', ageSeconds: 17 * 3600 },
    { job: 'drill', lastGood: '2026-05-25T03:00:00Z', ageSeconds: 6 * 86_400 },
  ] as const

  test('says how old what is good is, when all is well', () => {
    expect(stateOf({ problems: [], jobs }).sentence).toBe(
      'The last good backup is 17 hours old; a restore was last proven 6 days ago.',
    )
    expect(stateOf({ problems: [], jobs: jobs.slice(0, 1) }).sentence).toBe(
      'The last good backup is 17 hours old; no restore was proven yet.',
    )
  })

  test('is the worst problem, and the others follow', () => {
    const problems = [{ message: 'The last good drill is 36 d old' }, { message: 'The last check failed' }]
    expect(stateOf({ problems, jobs })).toEqual({
      ok: false,
      sentence: 'The last good drill is 36 d old.',
      more: ['The last check failed.'],
    })
  })
})

describe('a report', () => {
  test('tells of the days that it was asked for, and of the newest backup even when that is older', () => {
    const now = new Date(2026, 6, 31, 20)
    const report = reportOn(story(), { now, days: 7 })
    expect(report.calendar.map(({ mark }) => mark)).toEqual(Array(7).fill('missed'))
    expect(report.growth.additions).toEqual([])
    expect(report.rows.databases).toEqual([])
    expect(local(report.newest?.at)).toBe('2026-05-31 03:00')
  })

  test('misses no day where a backup is made every other day and may be that old', () => {
    const runs = [1, 3, 5, 7].map((days) => runOf({ command: 'backup', began: subDays(storyEnds, days).toISOString() }))
    const report = (greatestAge: number) =>
      composeReport({
        ...{ runs: runs.toReversed(), state: well, seatable: 'cloud', version: '0.1.0' },
        ...{ now: storyEnds, days: 8, greatestAge },
      })
    expect(report(50 * hours).calendar.filter(({ mark }) => mark === 'missed')).toEqual([])
    expect(report(36 * hours).calendar.filter(({ mark }) => mark === 'missed')).toHaveLength(3)
  })

  test('of a wrapper’s backups counts those that were saved', () => {
    const began = subDays(storyEnds, 1).toISOString()
    const dumped = runOf({ command: 'hook pre-backup', began, by: 'wrapper' })
    const saved = runOf({ command: 'hook post-backup', began, by: 'wrapper', facts: { wrapperSaved: true } })
    expect(reportOn([dumped]).calendar.filter(({ mark }) => mark === 'good')).toEqual([])
    expect(reportOn([dumped, saved]).calendar.filter(({ mark }) => mark === 'good')).toHaveLength(1)
  })
})
