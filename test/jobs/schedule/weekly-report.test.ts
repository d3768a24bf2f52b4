import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dueReaders, recordReportSent } from '../../../src/jobs/schedule/weekly-report.ts'

const stateDir = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'weekly-report-'))
  onTestFinished(() => rm(made, { recursive: true }))
  return made
}

const one = { url: 'one@example.com' }

const isReportDue = async (dir: string, now: Date, zone: string, reader = one): Promise<boolean> =>
  (await dueReaders(dir, [reader], now, zone)).length === 1

// The first of June 2026 is a Monday.
test.each([
  ['2026-06-01T00:30', '2026-06-07T23:59', false],
  ['2026-06-01T00:30', '2026-06-08T00:00', true],
  ['2026-06-07T23:00', '2026-06-08T03:00', true],
  ['2026-06-08T03:00', '2026-06-08T12:00', false],
  ['2026-05-01T03:00', '2026-06-03T03:00', true],
  // A clock that was ahead was put right: what is noted down lies in the future.
  ['2027-01-01T03:00', '2026-06-08T03:00', true],
])('a report sent at %s is due again at %s: %s', async (sent, now, due) => {
  const dir = await stateDir()
  await recordReportSent(dir, [one], new Date(`${sent}Z`))
  expect(await isReportDue(dir, new Date(`${now}Z`), 'UTC')).toBe(due)
})

test('a week begins where the host is', async () => {
  const dir = await stateDir()
  await recordReportSent(dir, [one], new Date('2026-06-07T12:00Z'))
  const stillSundayInUtc = new Date('2026-06-07T22:30Z')
  expect(await isReportDue(dir, stillSundayInUtc, 'Europe/Berlin')).toBe(true)
  expect(await isReportDue(dir, stillSundayInUtc, 'UTC')).toBe(false)
})

test('the first one is due at once', async () => {
  expect(await isReportDue(await stateDir(), new Date(), 'UTC')).toBe(true)
})

test('who did not take it is due, whoever else has', async () => {
  const dir = await stateDir()
  const now = new Date('2026-06-01T03:00Z')
  await recordReportSent(dir, [one], now)
  expect(await isReportDue(dir, now, 'UTC')).toBe(false)
  expect(await isReportDue(dir, now, 'UTC', { url: 'other@example.com' })).toBe(true)
})
