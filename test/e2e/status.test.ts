import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
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
  const bare = await leastComputed(['--eval', ''])
  const least = await leastComputed(['dist/main.js', 'status'], { SEATABLE_RESTIC_STATE_DIR: stateDir })
  // Where others compute as well, Node alone takes longer than the 50 ms that it takes by itself.
  expect(least).toBeLessThan(300 * Math.max(1, bare / 50))
})

/** Milliseconds of computing that Node needs for this at least, of some tries. */
const leastComputed = async (args: readonly string[], env = {}): Promise<number> => {
  const tell = 'process.on("exit", () => { const { user, system } = process.cpuUsage(); console.error(user + system) })'
  const times: number[] = []
  for (let tries = 0; tries < 5; tries++) {
    const { stderr } = await execa('node', ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, ...args], {
      env,
    })
    times.push(Number(stderr) / 1000)
  }
  return Math.min(...times)
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

test.each<[string, (folder: string) => Promise<boolean>]>([
  [
    'as soon as it has begun',
    async (folder) => (await namesIn(join(folder, 'state/runs'))).some((name) => name.endsWith('.json')),
  ],
  ['while restic is asked', async (folder) => (await namesIn(folder)).includes('asked')],
  ['while it ends', async (folder) => (await namesIn(join(folder, 'state'))).includes('history.jsonl')],
])('a run that is killed with SIGKILL %s is told by the next status, once', async (_moment, hasCome) => {
  const folder = await mkdtemp(join(tmpdir(), 'killed-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'bin'))
  const restic = `#!/bin/sh\necho restic 0.18.0\ntouch ${folder}/asked\n[ "$1" = version ] && exit 0\nsleep 0.2\nexit 1\n`
  await writeFile(join(folder, 'bin/restic'), restic)
  await chmod(join(folder, 'bin/restic'), 0o755)
  const env = {
    PATH: `${folder}/bin:${process.env.PATH}`,
    HOME: folder,
    SEATABLE_RESTIC_STATE_DIR: join(folder, 'state'),
    SEATABLE_RESTIC_MAX_BACKUP_AGE: 'off',
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
})
