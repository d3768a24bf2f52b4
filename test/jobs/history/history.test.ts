import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { beginRun, readHistory } from '../../../src/jobs/history/history.ts'
import { appendRun } from '../../../src/jobs/history/history-file.ts'
import { readMarks } from '../../../src/jobs/history/marks.ts'
import { ownIdentity, type ProcessIdentity } from '../../../src/jobs/history/process-identity.ts'
import type { BegunRun, Run } from '../../../src/jobs/history/run.ts'

const environment = { PATH: process.env.PATH ?? '' }
const now = () => new Date('2026-11-30T03:30:00.000Z')

const begun = (id = randomUUID() as string): BegunRun => ({
  id,
  command: 'backup',
  by: 'schedule',
  began: '2026-11-30T03:00:00.000Z',
})

const run = (id?: string, warnings: readonly string[] = []): Run => ({
  format: 1,
  ...begun(id),
  ended: '2026-11-30T03:10:00.000Z',
  exitCode: 0,
  error: null,
  warnings,
  facts: {},
})

let stateDir: string
beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), 'history-'))
  onTestFinished(() => rm(made, { recursive: true }))
  stateDir = made
})

const append = (one: Run) => appendRun(stateDir, one, environment)
const idsRead = async () => (await readHistory(stateDir)).map(({ id }) => id)
const current = () => join(stateDir, 'history.jsonl')

describe('the history', () => {
  test('has a line for a run, which only its owner can read', async () => {
    await append(run('one'))
    await append(run('two'))
    expect(await readHistory(stateDir)).toEqual([run('one'), run('two')])
    expect((await stat(current())).mode & 0o777).toBe(0o600)
    const lines = (await readFile(current(), 'utf8')).split('\n').filter((line) => line !== '')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(['one', 'two'])
  })

  test('is empty where nothing was ever noted down', async () => {
    expect(await readHistory(join(stateDir, 'none'))).toEqual([])
  })

  test('loses nothing but the line that was torn, wherever that was', async () => {
    await append(run('one'))
    const line = JSON.stringify(run('torn'))
    for (const length of [1, 20, line.length - 1]) {
      await appendFile(current(), `\n${line.slice(0, length)}`)
      expect(await idsRead()).not.toContain('torn')
      await append(run(`after ${length}`))
    }
    expect(await idsRead()).toEqual(['one', 'after 1', 'after 20', `after ${line.length - 1}`])
  })

  test('passes over what a newer version has written', async () => {
    await appendFile(current(), `${JSON.stringify({ ...run('new'), format: 2 })}\n`)
    await append(run('old'))
    expect(await idsRead()).toEqual(['old'])
  })

  test('loses nothing that is written at the same time, also while a new file is begun', async () => {
    const large = ['x'.repeat(100_000)]
    for (let at = 0; at < 22; at++) await append(run(`before ${at}`, large))
    const ids = Array.from({ length: 60 }, (_, at) => `run ${at}`)
    await Promise.all(ids.map((id) => append(run(id, large))))
    expect((await idsRead()).filter((id) => id.startsWith('run')).toSorted()).toEqual(ids.toSorted())
    expect(await readdir(stateDir)).toContain('history.1.jsonl')
  })

  test('keeps three older files, and reads all of them in their order', async () => {
    const large = ['x'.repeat(1_100_000)]
    for (let at = 0; at < 12; at++) await append(run(`${at}`, large))
    const files = (await readdir(stateDir)).filter((name) => name.endsWith('.jsonl'))
    expect(files.toSorted()).toEqual(['history.1.jsonl', 'history.2.jsonl', 'history.3.jsonl', 'history.jsonl'])
    expect(await idsRead()).toEqual(['4', '5', '6', '7', '8', '9', '10', '11'])
  })

  test('says so when its disk is full', async () => {
    await symlink('/dev/full', current())
    await expect(append(run())).rejects.toThrow(/no space left/)
  })
})

/** A mark as a run leaves it whose process is this one, or another. */
const mark = async (id: string, change: Partial<ProcessIdentity> = {}): Promise<string> => {
  const path = join(stateDir, 'runs', `${id}.json`)
  await mkdir(join(stateDir, 'runs'), { recursive: true })
  await writeFile(path, JSON.stringify({ format: 1, ...begun(id), process: { ...(await ownIdentity()), ...change } }))
  return path
}

const begin = (id: string) => beginRun({ stateDir, environment, now }, begun(id))

describe('a run', () => {
  test('leaves a mark until everybody was told how it ended', async () => {
    const noted = await begin('mine')
    expect(await readMarks(stateDir, now())).toEqual({ atWork: [begun('mine')], gone: [] })
    await noted.end(run('mine'))
    await noted.told()
    expect(await readMarks(stateDir, now())).toEqual({ atWork: [], gone: [] })
    expect(await readHistory(stateDir)).toEqual([run('mine')])
  })

  test.each<[string, Partial<ProcessIdentity>]>([
    ['is there no more', { pid: 2 ** 22 + 1 }],
    ['is another one of the same number', { started: '1' }],
    ['was there before this host was started', { boot: 'another' }],
  ])(
    'whose process %s is noted down as killed by the next one, once, and handed on until somebody was told',
    async (_what, change) => {
      await mark('killed', change)
      const untold = await begin('killed too')
      const { killed, told } = await begin('next')
      expect(killed).toEqual(untold.killed)
      expect(killed).toEqual([
        expect.objectContaining({ ...begun('killed'), ended: now().toISOString(), exitCode: null }),
      ])
      expect(killed[0]?.error?.message).toContain('killed')
      expect(await readHistory(stateDir)).toEqual(killed)
      await told()
      expect((await begin('third')).killed).toEqual([])
    },
  )

  test('that was killed after its line was written, and before anybody was told, is handed on as it ended', async () => {
    await append(run('ended'))
    await mark('ended', { started: '1' })
    expect((await begin('next')).killed).toEqual([run('ended')])
    expect(await readHistory(stateDir)).toEqual([run('ended')])
  })

  test('that another run has told meanwhile is told no more', async () => {
    await mark('killed', { started: '1' })
    const long = await begin('long')
    expect(await long.stillUntold()).toEqual(long.killed)
    const short = await begin('short')
    await short.told()
    expect(await long.stillUntold()).toEqual([])
  })

  test('is old news as soon as the same command was run again', async () => {
    await mark('killed', { started: '1' })
    const long = await begin('long')
    await append({ ...run('later'), began: new Date(now().getTime() + 1000).toISOString() })
    expect(await long.stillUntold()).toEqual([])
  })

  test('tells of earlier ones in the order in which they began', async () => {
    for (const [id, hours] of [
      ['z', 30],
      ['a', 5],
    ] as const) {
      const path = await mark(id, { started: '1' })
      const earlier = new Date(now().getTime() - hours * 3600_000).toISOString()
      await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), began: earlier }))
    }
    expect((await begin('next')).killed.map(({ id }) => id)).toEqual(['z', 'a'])
  })

  test('whose mark cannot be removed says so, and removes the others', async () => {
    await mark('killed', { started: '1' })
    const noted = await begin('mine')
    const path = join(stateDir, 'runs', 'mine.json')
    await rm(path)
    await mkdir(path)
    await expect(noted.told()).rejects.toThrow('mine.json')
    expect(await readdir(join(stateDir, 'runs'))).toEqual(['mine.json'])
  })

  test('in another container is at work as long as it says so', async () => {
    const path = await mark('elsewhere', { namespace: 'pid:[1]', pid: 1 })
    const minutesAgo = (minutes: number) => new Date(now().getTime() - minutes * 60_000)
    await utimes(path, minutesAgo(9), minutesAgo(9))
    expect((await readMarks(stateDir, now())).atWork).toEqual([begun('elsewhere')])
    await utimes(path, minutesAgo(11), minutesAgo(11))
    expect((await readMarks(stateDir, now())).gone).toEqual([begun('elsewhere')])
  })

  test('takes its mark away although it could not be noted down', async () => {
    await symlink('/dev/full', current())
    const noted = await begin('mine')
    await expect(noted.end(run('mine'))).rejects.toThrow()
    await noted.told()
    expect(await readdir(join(stateDir, 'runs'))).toEqual([])
  })
})
