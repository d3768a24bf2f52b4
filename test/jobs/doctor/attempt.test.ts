import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { attempt, type Known } from '../../../src/jobs/doctor/attempt.ts'

const { signal } = new AbortController()
const options = { what: 'The thing', limit: 5, signal, toldBy: 'thing' }

test('what is found out is known, and given to what needs it', async () => {
  const two = attempt(options, [], async () => 2)
  const three = attempt(options, [], async () => 3)
  expect(await attempt(options, [two, three], async (_own, a, b) => a * b)).toEqual({ known: true, value: 6 })
})

test('what hangs is given up and told to stop; nothing else waits for it', async () => {
  let stopped = false
  const hanging = attempt({ ...options, limit: 0.05 }, [], async (own) => {
    await new Promise((resolve) => own.addEventListener('abort', resolve))
    stopped = true
    return 1
  })
  expect(await attempt(options, [], async () => 'quick')).toEqual({ known: true, value: 'quick' })
  expect(await hanging).toEqual({ known: false, toldBy: 'thing', error: expect.any(UserError) })
  expect(((await hanging) as { error: UserError }).error.message).toBe('The thing did not answer within 0.05 seconds')
  expect(stopped).toBe(true)
})

test('a failure is told by the check that the error belongs to, and what needs it tells nothing more', async () => {
  const failed = attempt(
    { ...options, toldBy: ({ exitCode }) => (exitCode === 12 ? 'password' : 'thing') },
    [],
    async (): Promise<number> => {
      throw new UserError({ message: 'wrong', hint: 'Correct it.', exitCode: 12 })
    },
  )
  expect(await failed).toMatchObject({ toldBy: 'password', error: { message: 'wrong', hint: 'Correct it.' } })
  const after = attempt({ ...options, toldBy: 'another' }, [failed], async (_own, value) => value)
  expect(await after).toEqual({ known: false, toldBy: 'password', error: null })
})

test('an error that nobody foresaw is a failure of the check and no crash', async () => {
  const failed: Known<never> = await attempt(options, [], async () => {
    throw new TypeError('x is not a function')
  })
  expect(failed).toMatchObject({ known: false, toldBy: 'thing', error: { message: 'The thing: x is not a function' } })
})

test('an interruption reaches the work', async () => {
  const interruption = new AbortController()
  const work = attempt({ ...options, signal: interruption.signal }, [], async (own) => {
    await pause(60_000, null, { signal: own })
  })
  interruption.abort()
  expect(await work).toMatchObject({ known: false })
})
