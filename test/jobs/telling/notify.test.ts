import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { noticePlaces } from '../../../src/config/settings/places.ts'
import type { Run } from '../../../src/jobs/history/run.ts'
import { createNotices, type Found, tellFound } from '../../../src/jobs/telling/notify.ts'
import { configWith } from '../../fixture/config.ts'
import { answering, closedPlace, type HttpPlace, startHttpPlace } from '../../fixture/http-place.ts'
import { failedRun, runWith } from '../../fixture/run.ts'

let place: HttpPlace
let stateDir: string
beforeAll(async () => {
  place = await startHttpPlace()
})
afterAll(() => place.stop())
beforeEach(async () => {
  place.asked.length = 0
  place.answers = answering(200)
  stateDir = join(await mkdtemp(join(tmpdir(), 'notify-')), 'state')
  const made = stateDir
  onTestFinished(() => rm(made, { recursive: true, force: true }))
})

const patience = { timeout: 5_000, pause: 1 }

const contextAt = (time: string, text = `webhook+${place.url}/hook`) => ({
  config: configWith({ stateDir, host: 'seatable.example.com' }),
  places: noticePlaces(text, 'NOTIFY'),
  now: () => new Date(time),
  patience,
})

/** Tells of a run at a time of the first days of May. */
const toldAt = (time: string, run: Run, { text, history = [] }: { text?: string; history?: readonly Run[] } = {}) =>
  createNotices(contextAt(`2026-05-${time}:00Z`, text)).ended(run, history)

const foundAt = (time: string, found: Partial<Found>, history: readonly Run[] = []) =>
  tellFound(contextAt(`2026-05-${time}:00Z`), { overdue: [], killed: [], ...found }, history)

const messages = () => place.asked.map(({ body }) => JSON.parse(body))
const events = (): string[] => messages().map(({ event, title }) => `${event}: ${title}`)

const failed = 'failure: The backup on seatable.example.com failed'
const works = 'recovered: The backup on seatable.example.com works again'
const late = 'overdue: The backup on seatable.example.com is overdue'

describe('people are told', () => {
  test('of a failure: what happened, what to do, and when the last good one was', async () => {
    const history = [
      runWith({ ended: '2026-05-03T01:01:00Z', facts: { snapshot: 'b20028bc0000' } }),
      runWith({ command: 'drill', ended: '2026-05-03T02:00:00Z' }),
    ]
    expect(await toldAt('04T01:01', failedRun('The disk is full'), { history })).toEqual([])
    const [{ text, ...message }] = messages()
    expect(message).toEqual({
      event: 'failure',
      command: 'backup',
      host: 'seatable.example.com',
      exitCode: 1,
      title: 'The backup on seatable.example.com failed',
      message: 'The disk is full',
      hint: 'Do this.',
    })
    expect(text.split('\n')).toEqual([
      'The disk is full',
      'What to do: Do this.',
      expect.stringMatching(/^It began at 2026-05-04 \d\d:00 [+-]\d\d:\d\d\.$/),
      expect.stringMatching(/^The last good one ended at 2026-05-03 .*, 1 day ago, snapshot b20028bc\.$/),
    ])
  })

  test('what to do, however long it takes to say what happened', async () => {
    await toldAt('04T01:01', failedRun('x'.repeat(4000)))
    expect(messages()[0].text.slice(1200)).toMatch(/^…\nWhat to do: Do this\.\n/)
  })

  test('of a snapshot that is incomplete, and of what was warned of', async () => {
    await toldAt('04T01:01', runWith({ exitCode: 3, warnings: ['A file could not be read'] }))
    expect(messages()).toMatchObject([
      {
        title: 'The backup on seatable.example.com made a snapshot that is incomplete',
        message: 'A file could not be read',
        exitCode: 3,
      },
    ])
  })

  test('of no run that is well, and once when it works again', async () => {
    await toldAt('01T01:01', runWith())
    expect(events()).toEqual([])
    await toldAt('02T01:01', failedRun('The disk is full'))
    await toldAt('03T01:01', runWith())
    await toldAt('04T01:01', runWith())
    expect(events()).toEqual([failed, works])
    expect(messages()[1].message).toMatch('That it did not work was first told 1 day ago.')
  })

  test('of the same cause once a day, though its numbers differ and it comes a little sooner', async () => {
    await toldAt('01T01:10', failedRun('Only 5 MiB are free on the disk of 1a2b3c4d5e'))
    await toldAt('01T02:00', failedRun('Only 4 MiB are free on the disk of ffffffffff'))
    await toldAt('01T20:00', failedRun('Only 3 MiB are free on the disk of 0000000000'))
    expect(events()).toEqual([failed])
    await toldAt('02T01:02', failedRun('Only 2 MiB are free on the disk of 1111111111'))
    expect(events()).toEqual([failed, failed])
  })

  test('of another cause, and of another command, at once', async () => {
    await toldAt('01T01:01', failedRun('The disk is full'))
    await toldAt('01T01:02', failedRun('The database does not answer'))
    await toldAt('01T01:03', failedRun('The disk is full', { command: 'check' }))
    expect(events()).toEqual([failed, failed, 'failure: The check of the repository on seatable.example.com failed'])
    await toldAt('01T01:04', runWith())
    expect(events().slice(3)).toEqual([works])
  })

  test('of what is overdue, once a day, until it is no more', async () => {
    const overdue = [{ command: 'backup', allowed: '36 hours' }] as const
    const history = [runWith({ ended: '2026-05-01T01:00:00Z' })]
    for (const time of ['03T01:00', '03T02:00', '04T01:00']) await foundAt(time, { overdue }, history)
    expect(events()).toEqual([late, late])
    expect(messages()[0]).toMatchObject({
      message: expect.stringMatching(/^The last good one ended at .*, 2 days ago\.$/),
      hint: expect.stringMatching('At most 36 hours are allowed. Run `seatable-restic status` there'),
    })
    await toldAt('04T02:00', runWith())
    expect(events().slice(2)).toEqual([works])
  })

  test('that a backup is no longer overdue, also when a wrapper made it', async () => {
    await foundAt('03T01:00', { overdue: [{ command: 'backup', allowed: '36 hours' }] })
    const hook = runWith({ command: 'hook post-backup', by: 'wrapper', facts: { wrapperSaved: true } })
    await toldAt('03T02:00', { ...hook, facts: { wrapperSaved: false } })
    expect(events()).toEqual([late])
    await toldAt('03T03:00', hook)
    expect(events()).toEqual([late, works])
    await foundAt('07T01:00', { overdue: [{ command: 'backup', allowed: '36 hours' }] }, [hook])
    expect(messages()[2].message).toMatch(/^The last good one ended at 2026-05-04 /)
  })

  test('of a run that was killed, whoever notices it first, and whatever it was', async () => {
    const killed = failedRun('The run was killed', { exitCode: null, by: 'person', command: 'restore' })
    await foundAt('01T01:00', { killed: [killed] })
    await toldAt('01T02:00', killed)
    expect(events()).toEqual(['failure: The restore on seatable.example.com was killed'])
  })

  test('again by the next run, when nobody took it', async () => {
    place.answers = answering(500)
    expect(await toldAt('01T01:00', failedRun('The disk is full'))).toEqual([
      'A message was not taken: webhook (NOTIFY) answered 500',
    ])
    place.answers = answering(200)
    place.asked.length = 0
    await toldAt('01T02:00', failedRun('The disk is full'))
    await toldAt('01T03:00', failedRun('The disk is full'))
    expect(events()).toEqual([failed])
  })
})

describe('people are not told', () => {
  test.each([
    ['of a wrapper’s run, which has messages of its own', failedRun('x', { by: 'wrapper' })],
    ['of a hook', failedRun('x', { command: 'hook pre-backup', by: 'person' })],
    ['of a run that met another one', failedRun('x', { exitCode: 11 })],
    ['of their own Ctrl-C', failedRun('x', { exitCode: 130, by: 'person' })],
    ['of what they watch', failedRun('x', { command: 'restore', by: 'person' })],
  ])('%s', async (_, run) => {
    expect(await toldAt('01T01:00', run)).toEqual([])
    expect(events()).toEqual([])
  })
})

test('one place that does not answer keeps no other from being told, and is named without its address', async () => {
  const closed = await closedPlace()
  const text = `webhook+${closed}/secret slack+${place.url}/secret`
  expect(await toldAt('01T01:00', failedRun('The disk is full'), { text })).toEqual([
    'A message was not taken: webhook (no. 1 of NOTIFY) cannot be reached (ECONNREFUSED)',
  ])
  expect(place.asked).toHaveLength(1)
})

test('what is remembered says nothing of what happened', async () => {
  await toldAt('01T01:00', failedRun('The disk of /secret is full'))
  const { open } = JSON.parse(await readFile(join(stateDir, 'told.json'), 'utf8'))
  expect(open).toEqual([
    {
      command: 'backup',
      cause: expect.stringMatching(/^1 [0-9a-f]{16}$/),
      first: '2026-05-01T01:00:00.000Z',
      last: '2026-05-01T01:00:00.000Z',
    },
  ])
})

describe('an address is told of in the form of its service:', () => {
  const run = failedRun('a < b & c')
  const title = 'The backup on seatable.example.com failed'

  const sentTo = async (text: string) => {
    expect(await toldAt('01T01:00', run, { text })).toEqual([])
    const [asked] = place.asked
    return { path: asked?.path, headers: asked?.headers ?? {}, body: JSON.parse(asked?.body ?? '{}') }
  }

  test('ntfy, at the root, with the user of the address', async () => {
    const { path, headers, body } = await sentTo(`ntfy+http://me:to%20ken@${place.host}/my-topic`)
    expect(path).toBe('/')
    expect(headers.authorization).toBe(`Basic ${Buffer.from('me:to ken').toString('base64')}`)
    expect(body).toMatchObject({ topic: 'my-topic', title, priority: 4, tags: ['rotating_light'] })
    expect(body.message).toMatch(/^a < b & c\nWhat to do: Do this\.\n/)
  })

  test('ntfy, which refuses what is longer than it takes', async () => {
    const error = { message: 'It failed', hint: 'ü'.repeat(4000) }
    await toldAt('01T01:00', runWith({ exitCode: 1, error }), { text: `ntfy+${place.url}/100%zz` })
    const { topic, message } = JSON.parse(place.asked[0]?.body ?? '{}')
    expect(topic).toBe('100%zz')
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096)
    expect(message).toMatch(/^It failed\nWhat to do: ü{2000,}…$/)
  })

  test('Slack, with its three characters escaped', async () => {
    const { path, body } = await sentTo(`slack+${place.url}/services/T/B/X`)
    expect(path).toBe('/services/T/B/X')
    expect(body).toEqual({ text: expect.stringMatching(new RegExp(`^\\*${title}\\*\na &lt; b &amp; c\n`)) })
  })

  test('Discord, without calling anybody', async () => {
    const { body } = await sentTo(`discord+${place.url}/api/webhooks/1/x`)
    expect(body).toEqual({ content: expect.stringMatching(/^\*\*The backup/), allowed_mentions: { parse: [] } })
  })

  test('Teams, as an adaptive card', async () => {
    const { body } = await sentTo(`teams+${place.url}/workflows/x?sig=y`)
    expect(body).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } }],
    })
    const [{ content }] = body.attachments
    expect(content.body.map(({ text }: { text: string }) => text).slice(0, 2)).toEqual([title, 'a < b & c'])
  })

  test.each(['/message?token=t0ken', '/?token=t0ken'])('Gotify at %s, with the token in a header', async (at) => {
    const { path, headers, body } = await sentTo(`gotify+${place.url}${at}`)
    expect(path).toBe('/message')
    expect(headers['x-gotify-key']).toBe('t0ken')
    expect(body).toMatchObject({ title, priority: 8 })
  })
})

test.each([
  ['https://ntfy.sh/topic', 'ntfy'],
  ['https://hooks.slack.com/services/T/B/X', 'slack'],
  ['https://discord.com/api/webhooks/1/x', 'discord'],
  ['https://prod-1.westeurope.logic.azure.com:443/workflows/x', 'teams'],
  ['https://default1.2.environment.api.powerplatform.com/powerautomate/x', 'teams'],
  ['mailto:admin@example.com', 'mail'],
  ['mailto:admin@example.com?report=weekly', 'mail'],
])('%s needs no kind in front: %s', (text, kind) => {
  expect(noticePlaces(text, 'NOTIFY')).toMatchObject([{ kind }])
})

test.each([
  ['https://secret.example.com/x', /^it needs a kind in front, one of ntfy\+, /],
  ['pager+https://secret.example.com/x', /^it needs a kind in front, one of ntfy\+, /],
  ['secret.example.com', /^it is no address, such as /],
  ['ntfy+https://secret.example.com/', /^it needs the topic: /],
  ['gotify+https://secret.example.com/message', /^it needs the token: /],
  ['mailto:secret', /^it must be one address: /],
  ['mailto:secret@example.com?cc=b@example.com', /^it must be one address: /],
  ['mailto:secret@example.com?', /^it must be one address: /],
  ['mailto:secret@example.com?report=daily', /^it must be one address: /],
  ['mailto:secret@example.com?report=weekly?', /^it must be one address: /],
])('%s is no address, and is not shown', async (text, problem) => {
  const [warning = ''] = await toldAt('01T01:00', runWith(), { text })
  expect(warning.replace('Nobody is told by NOTIFY: ', '')).toMatch(problem)
  expect(warning).not.toContain('secret')
})
