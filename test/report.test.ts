import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { appendRun } from '../src/jobs/history/history-file.ts'
import { story } from './fixture/history-story.ts'
import { runProgram } from './program.ts'

let stateDir: string
beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), 'report-'))
  onTestFinished(() => rm(made, { recursive: true }))
  stateDir = made
  for (const run of story().slice(0, 12)) await appendRun(stateDir, run, {})
})

const report = (args: readonly string[], more: Record<string, string> = {}) =>
  runProgram(['report', ...args], { SEATABLE_RESTIC_STATE_DIR: stateDir, SEATABLE_RESTIC_HOST: 'cloud', ...more })

describe('report', () => {
  test('prints a page of what is in the history, and changes nothing', async () => {
    const before = await readdir(stateDir)
    const { code, stdout, stderr } = await report(['--days', '3650'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^<!DOCTYPE html>/)
    expect(stdout).toContain('SeaTable backups of cloud')
    expect(stdout).toContain('Rows of dtable_db')
    expect(await readdir(stateDir)).toEqual(before)
  })

  test('prints the same as one document', async () => {
    const { stdout } = await report(['--json', '--days', '7'])
    const document = JSON.parse(stdout)
    expect(document).toMatchObject({ seatable: 'cloud', days: 7, state: { ok: false }, growth: { additions: [] } })
    expect(document.calendar).toHaveLength(7)
  })

  test('writes the page whole, for its owner alone, over the one before', async () => {
    const path = join(stateDir, 'report.html')
    for (const days of ['7', '90']) {
      const { code, stdout, stderr } = await report(['--output', path, '--days', days])
      expect([code, stdout, stderr]).toEqual([0, '', `The report is in ${path}.\n`])
    }
    expect(await readFile(path, 'utf8')).toContain('90 days until')
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600')
    expect((await readdir(stateDir)).filter((name) => name.includes('partial'))).toEqual([])
  })

  test('says so where it cannot be written', async () => {
    const { code, stderr } = await report(['--output', join(stateDir, 'nowhere', 'report.html')])
    expect(code).toBe(1)
    expect(stderr).toContain('nowhere/report.html could not be written')
  })

  test('tells of settings that are wrong, first of all', async () => {
    const { code, stdout } = await report(['--json'], { SEATABLE_RESTIC_BIG_DATA: 'perhaps' })
    expect(code).toBe(0)
    expect(JSON.parse(stdout).state.sentence).toContain('SEATABLE_RESTIC_BIG_DATA')
  })

  test.each(['0', '-1', 'x', '3651', '1.5'])('refuses %s days', async (days) => {
    const { code, stderr } = await report([`--days=${days}`])
    expect(code).toBe(2)
    expect(stderr).toContain(`"${days}" is not a number of days`)
  })
})
