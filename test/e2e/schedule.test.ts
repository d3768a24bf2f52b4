import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { dueTimes } from '../../src/config/settings/due-times.ts'
import { cronFile } from '../../src/jobs/schedule/cron-file.ts'
import { takeLock } from '../../src/lock.ts'

const program = process.env.JOINED_PROGRAM ?? resolve('dist/main.js')

let folder: string
let stateDir: string
let envFile: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatable-restic-schedule-'))
  stateDir = join(folder, 'state')
  envFile = join(folder, 'restic.env')
  await mkdir(stateDir)
  await configure()
  await nothingIsDue()
  const made = folder
  onTestFinished(() => rm(made, { recursive: true }))
})

const configure = (...lines: readonly string[]): Promise<void> =>
  writeFile(envFile, [`SEATABLE_RESTIC_STATE_DIR=${stateDir}`, ...lines, ''].join('\n'), { mode: 0o600 })

const nothingIsDue = (since = new Date()): Promise<void> =>
  writeFile(join(stateDir, 'schedule.json'), JSON.stringify({ since: since.toISOString() }))

const everythingIsDue = (): Promise<void> => nothingIsDue(new Date(0))

const environment = () => ({ PATH: process.env.PATH ?? '', HOME: folder, SEATABLE_RESTIC_ENV: envFile })

/** The built program, without a repository: what is due fails at once. */
const run = (...args: readonly string[]) =>
  execa(process.execPath, ['--', program, 'schedule', ...args], {
    env: environment(),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })

const history = async () =>
  (await readFile(join(stateDir, 'history.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const done = async () => (await history()).map(({ command, by, exitCode }) => `${command} by ${by}: ${exitCode}`)

describe('schedule run', () => {
  test('does nothing when nothing is due, and says what comes next', async () => {
    const { exitCode, stdout, stderr } = await run('run')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Nothing was due\.\n\nJOB +NEXT \(.*\) +UTC\nbackup /)
    expect(await done()).toEqual([])
  })

  test('says nothing at all when cron calls it, as cron calls it', async () => {
    const words = [process.execPath, '--', program, 'schedule', 'run']
    const text = cronFile({ words, environment: environment(), times: [dueTimes.parse('03:00')] })
    const line = text.split('\n').find((one) => one.startsWith('0 3'))
    const variables = text.matchAll(/^(\w+)=(.*)$/gm)
    // cron takes `\%` for `%`.
    const command = line?.replace(/^.* root {2}/, '').replaceAll('\\%', '%') ?? ''
    const env = Object.fromEntries([...variables].map(([, name = '', value = '']) => [name, value]))
    const { exitCode, all } = await execa('/bin/sh', ['-c', command], { env, extendEnv: false, all: true })
    expect([exitCode, all]).toEqual([0, ''])
  })

  test('does what is due, as processes that say who called them, and ends with the code of the worst', async () => {
    await everythingIsDue()
    const { exitCode, stdout } = await run('run', '--json')
    const document = JSON.parse(stdout)
    expect(document.done.map(({ command }: { command: string }) => command)).toEqual(['backup', 'drill', 'check'])
    expect([exitCode, document.exitCode]).toEqual([2, 2])
    expect(await done()).toEqual(['backup by schedule: 2', 'drill by schedule: 2', 'check by schedule: 2'])
    // What has failed is not tried again.
    await run('run')
    expect(await done()).toHaveLength(3)
  })

  test('leaves backups to a wrapper', async () => {
    await everythingIsDue()
    await run('run', '--without-backup')
    expect(await done()).toEqual(['drill by schedule: 2', 'check by schedule: 2'])
  })

  test('lets a job fail of settings that are wrong, so that this is noted down and told', async () => {
    await configure('SEATABLE_RESTIC_BACKUP_AT=25:00')
    const { exitCode, stderr } = await run('run')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/BACKUP_AT="25:00": must be a time of/)
    expect(await done()).toEqual(['backup by schedule: 2'])
  })

  test('does nothing beside another one', async () => {
    await everythingIsDue()
    const who = { command: 'schedule run', pid: 1, since: new Date() }
    const lock = await takeLock(stateDir, who, { PATH: process.env.PATH ?? '' }, 'schedule.lock')
    try {
      const { exitCode, stderr } = await run('run')
      expect([exitCode, stderr]).toEqual([0, 'Another run of the schedule is at work, and does what is due.'])
      expect(await done()).toEqual([])
    } finally {
      await lock.release()
    }
  })

  test('tells what is overdue, also what a wrapper was to do, once a day', async () => {
    const told: string[] = []
    const server = createServer((request, response) => {
      request.on('data', (data) => told.push(String(data))).on('end', () => response.end())
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    onTestFinished(() => void server.close())
    await configure(`SEATABLE_RESTIC_NOTIFY=webhook+http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const longAgo = new Date(Date.now() - 60 * 3_600_000).toISOString()
    const backup = { format: 1, id: 'a', command: 'hook post-backup', by: 'wrapper', began: longAgo, ended: longAgo }
    const line = { ...backup, exitCode: 0, error: null, warnings: [], facts: { wrapperSaved: true } }
    await writeFile(join(stateDir, 'history.jsonl'), `${JSON.stringify(line)}\n`)
    await run('run', '--without-backup')
    await run('run', '--without-backup')
    expect(told.map((text) => JSON.parse(text))).toEqual([
      expect.objectContaining({ event: 'overdue', command: 'backup' }),
    ])
  })
})

describe('schedule install', () => {
  test('refuses what only the shell of now has, by name', async () => {
    const { exitCode, stderr } = await execa(process.execPath, ['--', program, 'schedule', 'install', '--dry-run'], {
      env: { ...environment(), RESTIC_PASSWORD: 'geheim', SEATABLE_RESTIC_TAG: 'x', AWS_CA_BUNDLE: '/x' },
      extendEnv: false,
      reject: false,
    })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/no schedule finds it: SEATABLE_RESTIC_TAG, RESTIC_PASSWORD$/m)
    expect(stderr).not.toContain('geheim')
  })

  test('takes options that say something to it alone', async () => {
    expect((await run('run', '--yes')).stderr).toContain('--yes says nothing to `schedule run`')
    expect((await run('show', '--with-backup')).stderr).toContain('--with-backup says nothing to `schedule show`')
  })
})
