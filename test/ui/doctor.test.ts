import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { doctorReport } from '../../src/ui/doctor.ts'

const fine = { id: 'node', status: 'ok' as const, message: 'Node runs it', hint: null, details: ['more of it'] }
const found = {
  ...fine,
  id: 'installation',
  message: 'SeaTable was found',
  details: ['server: x (why)'],
  isAnswer: true,
}
const late = { id: 'snapshot-age', status: 'warn' as const, message: 'It is old', hint: 'Back up.', details: [] }
const broken = { id: 'database', status: 'fail' as const, message: 'No answer', hint: 'Start it.', details: [] }
const outcome = {
  themes: [
    { title: 'Programs', findings: [fine, found] },
    { title: 'Others', findings: [late, broken] },
  ],
  skipped: [
    { id: 'privileges', because: 'database' },
    { id: 'views', because: 'database' },
  ],
}
// Not a terminal: no colours.
const options = { stream: new PassThrough(), quiet: false, verbose: false }

test('a finding is a line, what to do about it the next, and the last line counts', () => {
  expect(doctorReport(outcome, options)).toBe(`Programs
✔ Node runs it  node
✔ SeaTable was found  installation
  server: x (why)

Others
! It is old  snapshot-age
  → Back up.
✖ No answer  database
  → Start it.

2 checks left out because of database

2 ok, 1 warning, 1 failed
`)
})

test('--verbose says more of each, and what was left out', () => {
  const report = doctorReport(outcome, { ...options, verbose: true })
  expect(report).toContain('\n  more of it\n')
  expect(report).toContain('\n2 checks left out because of database: privileges, views\n')
})

test('--quiet shows only what is not right, and nothing when all is', () => {
  const report = doctorReport(outcome, { ...options, quiet: true })
  expect(report).toMatch(/^Others\n! It is old/)
  expect(doctorReport({ themes: [{ title: 'x', findings: [fine] }], skipped: [] }, { ...options, quiet: true })).toBe(
    '',
  )
})
