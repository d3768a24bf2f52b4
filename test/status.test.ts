import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { appendRun } from '../src/jobs/history/history-file.ts'
import { ownIdentity } from '../src/jobs/history/process-identity.ts'
import type { Run } from '../src/jobs/history/run.ts'
import { scratchJournal, writeJournal } from '../src/jobs/state/journal.ts'
import { recordDrill } from '../src/jobs/state/last-drill.ts'
import { runProgram } from './program.ts'

const hourMs = 3_600_000
const ago = (hours: number): string => new Date(Date.now() - hours * hourMs).toISOString()

let stateDir: string
beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), 'status-'))
  onTestFinished(() => rm(made, { recursive: true }))
  stateDir = made
})

/** Notes down a run that ended so many hours ago. */
const ran = (command: Run['command'], hours: number, change: Partial<Run> = {}) =>
  appendRun(
    stateDir,
    {
      ...{ format: 1, id: randomUUID(), command, by: 'schedule', began: ago(hours + 0.1), ended: ago(hours) },
      ...{ exitCode: 0, error: null, warnings: [], facts: {} },
      ...change,
    },
    {},
  )

const failed = { exitCode: 1, error: { message: 'The disk is full', hint: 'Make room.' } }

const mark = async (process: object, command = 'backup') => {
  const run = { format: 1, id: randomUUID(), command, by: 'schedule', began: ago(1) }
  await mkdir(join(stateDir, 'runs'), { recursive: true })
  await writeFile(join(stateDir, 'runs', `${run.id}.json`), JSON.stringify({ ...run, process }))
}

const run = (args: readonly string[] = [], more: Record<string, string> = {}) =>
  runProgram(['status', ...args], { SEATABLE_RESTIC_STATE_DIR: stateDir, ...more })

/** The exit code and what is wrong, by name. */
const problems = async (more: Record<string, string> = {}) => {
  const { code, stdout, stderr } = await run(['--json'], more)
  expect(stderr).toBe('')
  const document = JSON.parse(stdout)
  expect(document.ok).toBe(code === 0)
  return document.problems.map(({ id }: { id: string }) => id)
}

describe('status', () => {
  test('says in its first line, and by its exit code, that all is well', async () => {
    await ran('backup', 5, { facts: { snapshot: 'a'.repeat(64), instant: ago(5.2) } })
    await ran('drill', 72)
    const { code, stdout } = await run()
    expect(code).toBe(0)
    expect(stdout.split('\n')[0]).toBe('OK - backup 5 h 12 min ago, drill 3 d ago')
    expect(stdout).toMatch(/^drill +\S+ \S+ \S+ +3 d +35 d +ok$/m)
    expect(stdout).toMatch(/^copy +never +not judged$/m)
  })

  test('has a document for programs', async () => {
    await ran('backup', 5, { facts: { snapshot: 'a'.repeat(64), instant: ago(5) } })
    const { stdout } = await run(['--json'])
    expect(JSON.parse(stdout)).toEqual({
      summary: 'OK - backup 5 h ago',
      ok: true,
      at: expect.stringMatching(/Z$/),
      problems: [],
      jobs: [
        {
          job: 'backup',
          lastGood: expect.stringMatching(/Z$/),
          snapshot: 'a'.repeat(64),
          ageSeconds: expect.any(Number),
          maxAgeSeconds: 36 * 3600,
          status: 'ok',
        },
        ...['drill', 'check', 'copy'].map((job) => ({
          ...{ job, lastGood: null, snapshot: null, ageSeconds: null, maxAgeSeconds: null, status: 'not judged' },
        })),
      ],
      failed: [],
      atWork: [],
      left: { previous: null, interrupted: null, staged: [], leftovers: [], unreadable: [] },
    })
  })

  test('fails where no backup is known', async () => {
    expect(await problems()).toEqual(['overdue:backup'])
    expect(await problems({ SEATABLE_RESTIC_STATE_DIR: join(stateDir, 'none') })).toEqual(['overdue:backup'])
  })

  test('judges each job by its own greatest age, and what never ran not at all', async () => {
    await ran('drill', 24 * 36)
    await ran('backup', 37)
    expect(await problems()).toEqual(['overdue:backup', 'overdue:drill'])
    expect(await problems({ SEATABLE_RESTIC_MAX_BACKUP_AGE: '2d' })).toEqual(['overdue:drill'])
    expect(await problems({ SEATABLE_RESTIC_MAX_BACKUP_AGE: 'off', SEATABLE_RESTIC_MAX_DRILL_AGE: '6w' })).toEqual([])
  })

  test('misses a drill that is scheduled and was never made, when there was time enough for it', async () => {
    await ran('backup', 1)
    const scheduled = (hours: number) =>
      writeFile(join(stateDir, 'schedule.json'), JSON.stringify({ since: ago(hours) }))
    await scheduled(24 * 34)
    expect(await problems()).toEqual([])
    await scheduled(24 * 36)
    expect(await problems()).toEqual(['overdue:drill', 'overdue:check'])
    expect(await problems({ SEATABLE_RESTIC_CHECK_AT: 'off' })).toEqual(['overdue:drill'])
  })

  test('knows the drill that an older version has noted down', async () => {
    await ran('backup', 1)
    await recordDrill(stateDir, { snapshot: 'b'.repeat(64), at: ago(24 * 40) })
    expect(await problems()).toEqual(['overdue:drill'])
  })

  test('tells what failed, until it is good again', async () => {
    await ran('backup', 30)
    await ran('backup', 6, failed)
    await ran('check', 5, failed)
    expect(await problems()).toEqual(['failed:backup', 'failed:check'])
    expect((await run()).stdout).toContain('failed with exit code 1: The disk is full')
    await ran('backup', 4)
    await ran('check', 3)
    expect(await problems()).toEqual([])
  })

  test.each([
    ['incomplete', { exitCode: 3 }, ['failed:backup']],
    ['interrupted', { exitCode: 143 }, ['failed:backup']],
    ['killed', { exitCode: null }, ['failed:backup']],
    ['not begun, because another run was at work', { exitCode: 11 }, []],
  ])('takes a backup that was %s for what it is', async (_what, change, expected) => {
    await ran('backup', 30)
    await ran('backup', 6, change)
    expect(await problems()).toEqual(expected)
  })

  test('shows a restore that failed, which whoever asked for it has seen, without an alarm', async () => {
    await ran('backup', 6)
    await ran('restore', 5, { ...failed, by: 'person' })
    expect(await problems()).toEqual([])
    expect((await run()).stdout).toMatch(/^Failed .*: restore \(exit code 1\): The disk is full$/m)
  })

  test.each([
    ['made a snapshot', { snapshot: 'a'.repeat(64), wrapperSaved: true }, []],
    ['made none', { wrapperSaved: false }, ['overdue:backup', 'failed:hook post-backup']],
    ['does not say what it made', { wrapperSaved: null }, ['overdue:backup']],
  ])('judges a wrapper that %s', async (_what, facts, expected) => {
    await ran('hook pre-backup', 3, { by: 'wrapper' })
    await ran('hook post-backup', 2, { by: 'wrapper', facts })
    expect(await problems()).toEqual(expected)
  })

  test('tells of a run that was killed, and changes nothing', async () => {
    await ran('backup', 6)
    await mark({ ...(await ownIdentity()), started: '1' }, 'drill')
    const before = await readFile(join(stateDir, 'history.jsonl'), 'utf8')
    expect(await problems()).toEqual(['failed:drill'])
    expect(await readFile(join(stateDir, 'history.jsonl'), 'utf8')).toBe(before)
    expect(await readdir(join(stateDir, 'runs'))).toHaveLength(1)
  })

  test('tells of a run that is at work', async () => {
    await ran('backup', 6)
    await mark(await ownIdentity())
    expect(await problems()).toEqual([])
    expect((await run()).stdout).toMatch(/^At work since .*: backup, called by schedule$/m)
  })

  test('fails when live data was being replaced, and shows what else was left', async () => {
    await ran('backup', 6)
    const journal = scratchJournal('restore', 'c'.repeat(64), new Date(), {})
    await writeJournal(stateDir, journal)
    await mkdir(join(stateDir, 'staging'))
    await writeFile(join(stateDir, 'staging', 'ccnet_db.sql'), '')
    expect(await problems()).toEqual([])
    const { stdout } = await run()
    expect(stdout).toMatch(/^Interrupted: restore of .*nothing live was changed/m)
    expect(stdout).toMatch(/^Staged: 1 files? of dumps/m)
    await writeJournal(stateDir, { ...journal, phase: 'in-place', writers: [], safetySnapshot: null, replacing: null })
    expect(await problems()).toEqual(['interrupted'])
  })

  test('says what nobody can read of what was left', async () => {
    await ran('backup', 6)
    await writeFile(join(stateDir, 'previous.json'), 'torn')
    expect(await problems()).toEqual(['state'])
  })

  test('says that the settings are wrong, and judges by those that are right', async () => {
    await ran('backup', 40)
    const wrong = { SEATABLE_RESTIC_BIG_DATA: 'perhaps', SEATABLE_RESTIC_MAX_BACKUP_AGE: '39h' }
    expect(await problems(wrong)).toEqual(['settings', 'overdue:backup'])
    const { code, stdout } = await run([], wrong)
    expect(code).toBe(1)
    expect(stdout.split('\n')[0]).toMatch(/^WARNING - The configuration is wrong: .*BIG_DATA.* \(and 1 more problem\)$/)
  })

  test('tells a command line that is wrong as every other command does', async () => {
    expect((await run(['--jsno'])).code).toBe(2)
  })
})
