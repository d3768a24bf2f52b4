import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { metricsMonitor } from '../../../src/jobs/telling/metrics.ts'
import { runOf } from '../../fixture/runs.ts'

const run = runOf({ command: 'backup', began: '2026-05-01T03:00:00Z' })

describe('the metrics file', () => {
  let place: string
  let remove: () => Promise<void>
  const monitorOf = (path: string) => metricsMonitor(path, { host: 'cloud', stateDir: join(place, 'state') })
  beforeAll(async () => {
    const made = await dir({ unsafeCleanup: true })
    place = made.path
    remove = made.cleanup
  })
  afterAll(() => remove())

  test('is whole, readable for every user, and has nothing beside it', async () => {
    const folder = join(place, 'collector')
    await mkdir(folder)
    const path = join(folder, 'seatable.prom')
    expect(await monitorOf(path).ended(run, [])).toEqual([])
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('644')
    expect(await readdir(folder)).toEqual(['seatable.prom'])
    const text = await readFile(path, 'utf8')
    expect(text).toContain('seatable_restic_last_run_exit_code{command="backup",seatable="cloud"} 0')
    expect(text.endsWith('\n')).toBe(true)
  })

  test('is not written through a link that another user has put beside it', async () => {
    const folder = join(place, 'of-another')
    await mkdir(folder)
    const [path, victim] = [join(folder, 'seatable.prom'), join(place, 'victim')]
    await writeFile(victim, 'untouched')
    await symlink(victim, `${path}.partial`)
    await symlink(victim, path)
    expect(await monitorOf(path).ended(run, [])).toEqual([])
    expect(await readFile(victim, 'utf8')).toBe('untouched')
    expect((await readFile(path, 'utf8')).length).toBeGreaterThan(100)
  })

  test('that cannot be written is a warning that says why', async () => {
    expect(await monitorOf(join(place, 'nowhere', 'x.prom')).ended(run, [])).toEqual([
      `The metrics were not written: there is no directory ${join(place, 'nowhere')}`,
    ])
    const file = join(place, 'file')
    await writeFile(file, '')
    expect(await monitorOf(join(file, 'x.prom')).ended(run, [])).toEqual([
      expect.stringMatching(/^The metrics were not written: .*ENOTDIR/),
    ])
    for (const path of ['seatable.prom', '/tmp/seatable.txt']) {
      expect(await monitorOf(path).ended(run, [])).toEqual([
        expect.stringMatching(/^The metrics were not written: SEATABLE_RESTIC_METRICS_FILE must /),
      ])
    }
    const taken = join(place, 'taken.prom')
    await mkdir(taken)
    await chmod(taken, 0o500)
    expect(await monitorOf(taken).ended(run, [])).toEqual([expect.stringMatching(/^The metrics were not written: /)])
  })
})
