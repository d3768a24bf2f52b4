import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exposition } from '../../src/jobs/telling/exposition.ts'
import { describeWith } from '../environment/requirements.ts'
import { databasesOf, runOf } from '../fixture/runs.ts'

const began = '2026-05-01T03:00:00Z'

/** A text in which every metric is. */
const everything = () =>
  exposition({
    seatable: 'cloud',
    version: '0.1.0',
    previousKept: began,
    drilledBefore: null,
    runs: [
      runOf({
        command: 'backup',
        began,
        facts: {
          instant: began,
          bytesAdded: 1.5,
          bytesAddedPacked: 1,
          databases: databasesOf({ name: 'a "name" \\ of\nall', tables: { t: 1 } }),
          files: { count: 1, bytes: 1 },
          bigData: 'failed',
          snapshots: { whole: 1, partial: 0, incomplete: 0, safety: 0 },
        },
      }),
      runOf({ command: 'drill', began, facts: { instant: began, drill: { ok: true } } }),
      runOf({
        command: 'doctor',
        began,
        exitCode: 1,
        facts: { doctor: { ok: 1, warn: 1, fail: 1, failed: ['a'], warned: ['b'] } },
      }),
    ],
  })

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

const dashboard = async (): Promise<Dashboard> => JSON.parse(await readFile('monitoring/dashboard.json', 'utf8'))

await describeWith('promtool', 'what Prometheus gets', () => {
  let place: string
  let remove: () => Promise<void>
  beforeAll(async () => {
    const made = await dir({ unsafeCleanup: true })
    place = made.path
    remove = made.cleanup
  })
  afterAll(() => remove())

  test('is a text in which promtool finds nothing wrong', async () => {
    const text = await everything()
    const { all } = await execa('promtool', ['check', 'metrics'], { input: text, all: true })
    expect(all).toBe('')
    // node_exporter skips a file that has a time in it: a sample is a name, its labels and one number.
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(samples.filter((line) => !/^\w+\{.*\} -?[\d.e+]+$/.test(line))).toEqual([])
  })

  test('has alert rules that are right, and fire when backups fail every night', async () => {
    await cp('monitoring/alerts.yml', join(place, 'alerts.yml'))
    await cp('test/monitoring/alerts.test.yml', join(place, 'alerts.test.yml'))
    await execa('promtool', ['check', 'rules', 'alerts.yml'], { cwd: place })
    const { all } = await execa('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: place, all: true })
    expect(all).toContain('SUCCESS')
  })

  test('has a dashboard whose questions can be asked', async () => {
    const questions = (await dashboard()).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const rules = questions.map((expr, at) => ({ record: `question:${at}`, expr: expr.replaceAll('$seatable', '.*') }))
    await writeFile(join(place, 'rules.yml'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
    const { stdout } = await execa('promtool', ['check', 'rules', 'rules.yml'], { cwd: place })
    expect(stdout).toContain(`${questions.length} rules found`)
  })

  test('has no alert and no panel about a metric that is never written', async () => {
    const written = new Set([...(await everything()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name))
    const alerts: string[] = parse(await readFile('monitoring/alerts.yml', 'utf8')).groups[0].rules.map(
      ({ expr }: { expr: string }) => expr,
    )
    const panels = (await dashboard()).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const asked = [...alerts, ...panels].flatMap((expr) => expr.match(/seatable_restic_\w+/g) ?? [])
    expect(asked.length).toBeGreaterThan(20)
    expect(asked.filter((name) => !written.has(name))).toEqual([])
  })
})
