import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { together } from '../src/together.ts'

/** Goes on until it is told to stop, and says so. */
const endless = async (signal: AbortSignal, told: string[]): Promise<never> => {
  await pause(60_000, null, { signal }).catch(() => told.push('stopped'))
  throw new Error('interrupted')
}

test('what is done at the same time is returned in order', async () => {
  const slow = async () => {
    await pause(20)
    return 'slow'
  }
  expect(await together(undefined, [slow, async () => 2])).toEqual(['slow', 2])
})

test.each([
  ['the first', 0],
  ['the second', 1],
])('an error of %s is told at once, and the other is stopped and has ended', async (_which, at) => {
  const told: string[] = []
  const fails = async () => {
    throw new Error('SeaTable has no data directory')
  }
  const goesOn = (signal: AbortSignal) => endless(signal, told)
  const works = at === 0 ? ([fails, goesOn] as const) : ([goesOn, fails] as const)
  await expect(together(undefined, works)).rejects.toThrow('SeaTable has no data directory')
  expect(told).toEqual(['stopped'])
})

test('an interruption from outside stops all of it', async () => {
  const interruption = new AbortController()
  const told: string[] = []
  const goesOn = (signal: AbortSignal) => endless(signal, told)
  const both = together(interruption.signal, [goesOn, goesOn])
  interruption.abort()
  await expect(both).rejects.toThrow('interrupted')
  expect(told).toEqual(['stopped', 'stopped'])
})
