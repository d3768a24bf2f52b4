import { describe, expect, test } from 'vitest'
import type { ExitCode } from '../../../src/errors.ts'
import { type PastRun, planOf } from '../../../src/jobs/schedule/jobs.ts'
import { runDue } from '../../../src/jobs/schedule/run-due.ts'
import { configWith } from '../../fixture/config.ts'

/** A night in which everything is due; each command ends with the codes that it is given, one after the other, then with 0. */
const night = async (
  codes: Readonly<Record<string, readonly ExitCode[]>>,
  changes: { lockWait?: number; stopAfter?: string } = {},
) => {
  const config = configWith({ stateDir: '/nowhere', lockWait: changes.lockWait ?? 0 })
  const past: PastRun[] = []
  const started: string[] = []
  const left = new Map(Object.entries(codes).map(([command, list]) => [command, [...list]]))
  const stop = new AbortController()
  const now = () => new Date('2026-03-01T06:00:00Z')
  const outcome = await runDue(
    {
      config,
      now,
      signal: stop.signal,
      report: () => {},
      watched: false,
      databasePassword: async () => null,
      atEnd: () => {},
    },
    {
      plan: planOf(config, false),
      moment: { zone: 'UTC', since: null },
      past: async () => past,
      start: async (args) => {
        const [command = ''] = args
        const exitCode = left.get(command)?.shift() ?? 0
        started.push(args.join(' '))
        past.push({ command, exitCode, ended: now().toISOString(), facts: {} })
        if (command === changes.stopAfter) stop.abort()
        return exitCode
      },
    },
  )
  return { started, exitCode: outcome.exitCode, done: outcome.done.map(({ command }) => command) }
}

describe('a night', () => {
  test('does all that is due, in one order', async () => {
    expect(await night({})).toEqual({
      started: ['backup', 'forget --prune', 'drill', 'check --read-data-subset 5%'],
      exitCode: 0,
      done: ['backup', 'forget', 'drill', 'check'],
    })
  })

  test.each([1, 2, 3, 10, 11, 12] as const)(
    'whose backup ends with %s forgets nothing, drills all the same, and ends with that',
    async (code) => {
      const { started, exitCode } = await night({ backup: [code] })
      expect(started).toEqual(['backup', 'drill', 'check --read-data-subset 5%'])
      expect(exitCode).toBe(code)
    },
  )

  test('ends with the code of the worst', async () => {
    expect((await night({ backup: [11], forget: [], drill: [3], check: [1] })).exitCode).toBe(1)
    expect((await night({ drill: [11] })).exitCode).toBe(11)
    expect((await night({ drill: [12], check: [1] })).exitCode).toBe(12)
  })

  test('that is stopped begins nothing more', async () => {
    expect(await night({ backup: [143] }, { stopAfter: 'backup' })).toEqual({
      started: ['backup'],
      exitCode: 143,
      done: ['backup'],
    })
  })
})
