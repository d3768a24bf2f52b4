import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { startHttpPlace } from '../fixture/http-place.ts'
import { leastComputed } from '../fixture/least-computed.ts'
import { until } from '../fixture/until.ts'

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()

test('status computes for less than 300 ms, also over years of history', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'status-'))
  onTestFinished(() => rm(stateDir, { recursive: true }))
  const tables = Array.from({ length: 70 }, (_, at) => ({ name: `table_of_seatable_${at}`, rows: at }))
  const databases = ['ccnet_db', 'seafile_db', 'dtable_db'].map((name) => ({ name, rows: 1, bytes: 1, tables }))
  const lines = Array.from({ length: 220 }, (_, at) => {
    const [began, ended] = [ago(24 * at + 1), ago(24 * at)]
    const how = { exitCode: 0, error: null, warnings: [], facts: { databases } }
    return JSON.stringify({ format: 1, id: `${at}`, command: 'backup', by: 'schedule', began, ended, ...how })
  })
  for (const name of ['history', 'history.1', 'history.2', 'history.3']) {
    await writeFile(join(stateDir, `${name}.jsonl`), lines.toReversed().join('\n'))
  }
  const { least, allowed } = await leastComputed(300, ['dist/main.js', 'status'], {
    SEATABLE_RESTIC_STATE_DIR: stateDir,
  })
  expect(least).toBeLessThan(allowed)
})

/** Whether the check came as far as to note down how it ended; who notices that it was killed notes down null. */
const hasEnded = async (folder: string): Promise<boolean> =>
  /"command":"check".*"exitCode":1\b/.test(await readFile(join(folder, 'state/history.jsonl'), 'utf8'))

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

test.each<[string, (folder: string) => Promise<boolean>]>([
  [
    'as soon as it has begun',
    async (folder) => (await namesIn(join(folder, 'state/runs'))).some((name) => name.endsWith('.json')),
  ],
  ['while restic is asked', async (folder) => (await namesIn(folder)).includes('asked')],
  ['while it ends', async (folder) => (await namesIn(join(folder, 'state'))).includes('history.jsonl')],
])(
  'a run that is killed with SIGKILL %s is told once by the next status, message and metric',
  async (_moment, hasCome) => {
    const folder = await mkdtemp(join(tmpdir(), 'killed-'))
    const place = await startHttpPlace()
    onTestFinished(async () => {
      await place.stop()
      await rm(folder, { recursive: true })
    })
    await mkdir(join(folder, 'bin'))
    const restic = `#!/bin/sh\necho restic 0.18.0\ntouch ${folder}/asked\n[ "$1" = version ] && exit 0\nsleep 0.2\nexit 1\n`
    await writeFile(join(folder, 'bin/restic'), restic)
    await chmod(join(folder, 'bin/restic'), 0o755)
    const env = {
      PATH: `${folder}/bin:${process.env.PATH}`,
      HOME: folder,
      SEATABLE_RESTIC_STATE_DIR: join(folder, 'state'),
      SEATABLE_RESTIC_MAX_BACKUP_AGE: 'off',
      SEATABLE_RESTIC_NOTIFY: `webhook+${place.url}`,
      SEATABLE_RESTIC_METRICS_FILE: join(folder, 'seatable.prom'),
      RESTIC_REPOSITORY: join(folder, 'repository'),
      RESTIC_PASSWORD: 'secret',
    }
    const run = (...args: string[]) => execa('dist/main.js', args, { env, extendEnv: false, reject: false })
    const child = run('check')
    await until('the moment has come', () => hasCome(folder))
    child.kill('SIGKILL')
    await child
    const { stdout, exitCode } = await run('status', '--json')
    const problems = JSON.parse(stdout).problems.map(({ id }: { id: string }) => id)
    expect([exitCode, problems]).toEqual([1, ['failed:check']])
    // Whoever looks first tells it; nobody tells it again.
    for (const args of [['notify', '--overdue'], ['notify', '--overdue'], ['drill']]) await run(...args)
    const told = place.asked.map(({ body }) => JSON.parse(body)).filter(({ command }) => command === 'check')
    const [ended, metric] = (await hasEnded(folder)) ? ['failed', 1] : ['was killed', 137]
    // Killed between the message and its note, it is told again.
    expect(told.length).toBeLessThanOrEqual(ended === 'failed' ? 2 : 1)
    expect([...new Set(told.map(({ title }) => title))]).toEqual([
      expect.stringMatching(`^The check of the repository on .* ${ended}$`),
    ])
    const metrics = await readFile(join(folder, 'seatable.prom'), 'utf8')
    expect(metrics).toMatch(new RegExp(`^seatable_restic_last_run_exit_code\\{command="check",.*\\} ${metric}$`, 'm'))
  },
)
