import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deliver } from '../../../src/jobs/telling/deliver.ts'
import {
  answering,
  answeringForEver,
  closedPlace,
  type HttpPlace,
  hangingUp,
  neverAnswering,
  startHttpPlace,
} from '../../fixture/http-place.ts'

let place: HttpPlace
beforeAll(async () => {
  place = await startHttpPlace()
})
afterAll(() => place.stop())
beforeEach(() => {
  place.asked.length = 0
  place.answers = answering(200)
})

const patience = { timeout: 5_000, pause: 1 }
const impatience = { timeout: 100, pause: 1 }

const send = (path = '/', how = patience) => deliver({ url: new URL(path, place.url), body: 'news' }, how)

test('what is taken was asked once', async () => {
  expect(await send('/topic?a=b')).toBeNull()
  expect(place.asked).toMatchObject([{ method: 'POST', path: '/topic?a=b', body: 'news' }])
  expect(place.asked[0]?.headers['user-agent']).toMatch(/^seatable-restic\/\d/)
})

test.each([
  [404, 'answered 404: it does not know the address'],
  [401, 'answered 401: it refuses the token or the user'],
  [400, 'answered 400'],
])('%d is asked once: it would be answered again', async (status, problem) => {
  place.answers = answering(status)
  expect(await send()).toBe(problem)
  expect(place.asked).toHaveLength(1)
})

test.each([
  [500, 'answered 500'],
  [429, 'answered 429: it was asked too often'],
])('%d is asked twice', async (status, problem) => {
  place.answers = answering(status)
  expect(await send()).toBe(problem)
  expect(place.asked).toHaveLength(2)
})

test('the second try can be the one that is taken', async () => {
  place.answers = (response, asked) => answering(place.asked.length === 1 ? 503 : 200)(response, asked)
  expect(await send()).toBeNull()
})

test('who asks for a moment gets it, and who asks for more than a try has is not waited for', async () => {
  place.answers = answering(429, { 'retry-after': '0' })
  expect(await send()).toMatch(/^answered 429/)
  expect(place.asked).toHaveLength(2)
  place.answers = answering(429, { 'retry-after': '3600' })
  const began = performance.now()
  expect(await send()).toMatch(/^answered 429/)
  expect(place.asked).toHaveLength(3)
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('one that never answers is given up twice', async () => {
  place.answers = neverAnswering
  expect(await send('/', impatience)).toBe('did not answer within 0.1 seconds')
  expect(place.asked).toHaveLength(2)
})

test('an answer that never ends is an answer', async () => {
  place.answers = answeringForEver
  expect(await send()).toBeNull()
})

test('one that hangs up, and one where nobody listens, is told by its code', async () => {
  place.answers = hangingUp
  expect(await send()).toMatch(/^cannot be reached \((UND_ERR_SOCKET|ECONNRESET)\)$/)
  expect(await deliver({ url: new URL(await closedPlace()) }, patience)).toBe('cannot be reached (ECONNREFUSED)')
  expect(await deliver({ url: new URL('http://no-such-host.invalid/') }, patience)).toMatch(
    /^has a name that leads nowhere \((ENOTFOUND|EAI_AGAIN)\)$/,
  )
})

test('a redirect is named without its path, and not followed: a message would get lost on the way', async () => {
  place.answers = (response, { path }) =>
    path === '/secret'
      ? answering(302, { location: '/elsewhere-secret' })(response, place.asked[0] as never)
      : response.end()
  expect(await send('/secret')).toBe(
    `answered 302, a redirect to ${place.url}, which is not followed: write the address that it leads to`,
  )
  expect(place.asked).toHaveLength(1)
})

test('what is given up by who sent it is not tried again', async () => {
  place.answers = neverAnswering
  const stop = new AbortController()
  const told = deliver({ url: new URL(place.url) }, { timeout: 60_000, pause: 60_000 }, stop.signal)
  await expect.poll(() => place.asked.length).toBe(1)
  stop.abort()
  await told
  expect(place.asked).toHaveLength(1)
})
