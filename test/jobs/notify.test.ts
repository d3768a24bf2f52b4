import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Run } from '../../src/jobs/history/run.ts'
import { type HttpPlace, startHttpPlace } from '../fixture/http-place.ts'
import { runWith } from '../fixture/run.ts'
import { runProgram } from '../program.ts'

let place: HttpPlace
let folder: string
beforeAll(async () => {
  place = await startHttpPlace()
})
afterAll(() => place.stop())
beforeEach(async () => {
  place.asked.length = 0
  folder = await mkdtemp(join(tmpdir(), 'notify-'))
  const made = folder
  onTestFinished(() => rm(made, { recursive: true, force: true }))
})

/** Notes down runs as others have left them; of those that are at work or gone there is a mark. */
const noted = async (runs: readonly Run[], marks: readonly Run[] = []): Promise<void> => {
  await mkdir(join(folder, 'runs'), { recursive: true })
  await writeFile(join(folder, 'history.jsonl'), runs.map((run) => `${JSON.stringify(run)}\n`).join(''))
  for (const { id, command, by, began } of marks) {
    const process = { pid: 1, started: '0', boot: 'another', namespace: 'another' }
    await writeFile(join(folder, 'runs', `${id}.json`), JSON.stringify({ format: 1, id, command, by, began, process }))
  }
}

const run = (...args: string[]) =>
  runProgram(args, {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    SEATABLE_RESTIC_STATE_DIR: folder,
    SEATABLE_RESTIC_HOST: 'here',
    SEATABLE_RESTIC_NOTIFY: `webhook+${place.url}/hook`,
    ...Object.fromEntries(['BACKUP_AT', 'DRILL_AT', 'CHECK_AT'].map((name) => [`SEATABLE_RESTIC_${name}`, 'off'])),
  })

const titles = (): string[] => place.asked.map(({ body }) => JSON.parse(body).title)

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()
const backupOf = (hours: number) => runWith({ began: ago(hours), ended: ago(hours) })

describe('notify --overdue', () => {
  test('tells of a backup that is older than it may be, once', async () => {
    await noted([backupOf(40)])
    const { code, stdout } = await run('notify', '--overdue')
    expect([code, stdout]).toEqual([0, 'Overdue: backup.\n'])
    await run('notify', '--overdue')
    expect(titles()).toEqual(['The backup on here is overdue'])
    expect(JSON.parse(place.asked[0]?.body ?? '').text).toMatch(
      /, 2 days ago\.\nWhat to do: At most 36 hours are allowed\./,
    )
  })

  test('tells that there is no good backup, but not before a schedule that was just installed can have made one', async () => {
    const since = (hours: number) => writeFile(join(folder, 'schedule.json'), JSON.stringify({ since: ago(hours) }))
    await since(10)
    expect((await run('notify', '--overdue')).stdout).toBe('Nothing is overdue.\n')
    await since(40)
    expect((await run('notify', '--overdue')).stdout).toBe('Overdue: backup.\n')
    await rm(join(folder, 'schedule.json'))
    expect((await run('notify', '--overdue')).stdout).toBe('Overdue: backup.\n')
    expect(JSON.parse(place.asked[0]?.body ?? '').message).toBe('No good one is known here.')
  })

  test('tells nobody when all is well', async () => {
    await noted([backupOf(20)])
    expect(await run('notify', '--overdue')).toMatchObject({ code: 0, stdout: 'Nothing is overdue.\n', stderr: '' })
    expect(titles()).toEqual([])
  })

  test('tells of a run whose process is gone, and the next run does not tell it again', async () => {
    await noted([backupOf(20)], [runWith({ id: 'killed', command: 'drill', began: ago(1) })])
    await run('notify', '--overdue')
    expect(titles()).toEqual(['The drill on here was killed'])
    await run('check')
    expect(titles()).toEqual(['The drill on here was killed', 'The check of the repository on here failed'])
  })
})

test('the schedule tells what is overdue, though nothing is due', async () => {
  await noted([backupOf(40)])
  expect((await run('schedule', 'run')).code).toBe(0)
  expect(titles()).toEqual(['The backup on here is overdue'])
})
