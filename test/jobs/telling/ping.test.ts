import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pingPlaces } from '../../../src/config/settings/places.ts'
import type { BegunRun, Run } from '../../../src/jobs/history/run.ts'
import { createPings } from '../../../src/jobs/telling/ping.ts'
import { answering, closedPlace, type HttpPlace, neverAnswering, startHttpPlace } from '../../fixture/http-place.ts'
import { failedRun, runWith } from '../../fixture/run.ts'

let place: HttpPlace
beforeAll(async () => {
  place = await startHttpPlace()
})
afterAll(() => place.stop())
beforeEach(() => {
  place.asked.length = 0
  place.answers = answering(200)
})

const patience = { timeout: 5_000, pause: 1, beforeBeginning: 0, forBeginning: 100 }

const pingsOf = (text: string, more: Partial<typeof patience> = {}) =>
  createPings({ healthcheckUrl: pingPlaces(text, 'URL'), host: 'here' }, { ...patience, ...more })

/** Tells of a whole run; the beginning is told before the end, as a run takes its time. */
const told = async (text: string, run: Run, { beginsToo = true } = {}): Promise<readonly string[]> => {
  const pings = pingsOf(text)
  if (beginsToo) {
    const before = place.asked.length
    await pings.began(run)
    await expect.poll(() => place.asked.length).toBeGreaterThan(before)
  }
  return pings.ended(run, [])
}

const paths = (): string[] => place.asked.map(({ method, path }) => `${method} ${path}`)

describe('a check of healthchecks.io', () => {
  test('is told the beginning and the exit code, with the id of the run, and keeps what its address says', async () => {
    const run = failedRun('It failed')
    expect(await told(`${place.url}/ping/key/seatable-{command}?create=1`, run)).toEqual([])
    expect(paths()).toEqual([
      `POST /ping/key/seatable-backup/start?create=1&rid=${run.id}`,
      `POST /ping/key/seatable-backup/1?create=1&rid=${run.id}`,
    ])
  })

  test('reads what became of the run, without paths', async () => {
    const facts = {
      snapshot: 'b20028bc0000',
      databases: [{ name: 'ccnet_db', rows: 91_822, bytes: 5, tables: [] }],
      bytesAdded: 24_641_536,
    }
    const warnings = ['The file /opt/seatable-server/secret-name.txt could not be read']
    await told(`${place.url}/k`, runWith({ facts, warnings }))
    expect(place.asked[1]?.body).toBe(
      [
        'The backup on here is done.',
        'Snapshot b20028bc',
        'Rows: 91,822 in 1 database',
        'New in the repository: 23.5 MiB',
        'Took: 90 seconds',
        'Warning: The file … could not be read',
      ].join('\n'),
    )
  })

  test('gets a line in its log for a run that met another one: the check does not fail for it', async () => {
    await told(`${place.url}/k`, failedRun('Another run is at work here', { exitCode: 11 }), { beginsToo: false })
    expect(paths()).toEqual([`POST /k/log?rid=${runWith().id}`])
  })

  test('gets no more than it keeps', async () => {
    await told(`${place.url}/k`, failedRun('x'.repeat(200_000)), { beginsToo: false })
    expect(place.asked[0]?.body.length).toBe(10_000)
  })
})

test('a run that ends at once has no beginning, for whose end a check would wait', async () => {
  const pings = pingsOf(`${place.url}/k`, { beforeBeginning: 60_000 })
  await pings.began(runWith())
  expect(await pings.ended(runWith({ exitCode: 11 }), [])).toEqual([])
  expect(paths()).toEqual([`POST /k/log?rid=${runWith().id}`])
})

test('a beginning that is not answered keeps the run but for a moment, and the end is told', async () => {
  place.answers = neverAnswering
  const pings = pingsOf(`${place.url}/k`, { timeout: 60_000 })
  const beginning = performance.now()
  await pings.began(runWith())
  expect(performance.now() - beginning).toBeLessThan(1_000)
  await expect.poll(() => place.asked.length).toBe(1)
  place.answers = answering(200)
  expect(await pings.ended(runWith(), [])).toEqual([])
  expect(paths()[1]).toMatch('/k/0?')
})

describe('an address', () => {
  test.each(['forget', 'drill', 'check'] as const)(
    'without {command} hears nothing of a %s: it would hide a backup',
    async (command) => {
      await told(`${place.url}/k`, runWith({ command }), { beginsToo: false })
      await told(`${place.url}/{command}`, runWith({ command }), { beginsToo: false })
      await told(`${command}=${place.url}/own`, runWith({ command }), { beginsToo: false })
      expect(paths()).toEqual([expect.stringContaining(`/${command}/0`), expect.stringContaining('/own/0')])
    },
  )

  test('hears nothing of what no schedule runs, of a wrapper, and of a run that was killed', async () => {
    const url = `${place.url}/{command}`
    for (const run of [
      runWith({ command: 'restore' }),
      runWith({ command: 'hook post-backup', by: 'wrapper' }),
      runWith({ by: 'wrapper' }),
      runWith({ exitCode: null }),
    ]) {
      await told(url, run, { beginsToo: false })
    }
    const pings = pingsOf(url)
    await pings.began(runWith({ command: 'restore' }) as BegunRun)
    await pings.ended(runWith({ command: 'restore' }), [])
    expect(paths()).toEqual([])
  })
})

describe('Uptime Kuma', () => {
  const url = () => `kuma+${place.url}/api/push/token?status=up&msg=OK&ping=`

  test('is told at the end alone: up, or down with the reason, and how long it took', async () => {
    await told(url(), runWith(), { beginsToo: false })
    await told(url(), failedRun('The disk is full'), { beginsToo: false })
    expect(
      place.asked.map(({ method, path }) => [method, Object.fromEntries(new URL(path, place.url).searchParams)]),
    ).toEqual([
      ['GET', { status: 'up', msg: expect.stringContaining('is done'), ping: '90000' }],
      ['GET', { status: 'down', msg: expect.stringContaining('The disk is full'), ping: '90000' }],
    ])
  })

  test('is known by its address, and hears nothing of a run that met another one', async () => {
    await told(`${place.url}/api/push/token`, runWith({ exitCode: 11 }), { beginsToo: false })
    expect(paths()).toEqual([])
    await told(`${place.url}/api/push/token`, runWith(), { beginsToo: false })
    expect(paths()).toEqual([expect.stringMatching('^GET /api/push/token\\?status=up')])
  })
})

test('Gatus is told at the end, with its token in a header', async () => {
  const url = `gatus+http://t0ken@${place.host}/api/v1/endpoints/seatable_{command}/external`
  await told(url, runWith(), { beginsToo: false })
  await told(url, failedRun('The disk is full', { command: 'drill' }), { beginsToo: false })
  expect(place.asked.map(({ path, headers }) => [path.replace(/\+/g, ' '), headers.authorization])).toEqual([
    ['/api/v1/endpoints/seatable_backup/external?success=true&duration=90.000s', 'Bearer t0ken'],
    [
      expect.stringMatching(
        '^/api/v1/endpoints/seatable_drill/external\\?success=false&duration=90.000s&error=.*The disk is full',
      ),
      'Bearer t0ken',
    ],
  ])
})

describe('what goes wrong is a warning', () => {
  test.each([
    [404, 'answered 404: it does not know the address'],
    [500, 'answered 500'],
  ])('when a place answers %d, and names it without what is secret', async (status, problem) => {
    place.answers = answering(status)
    expect(await told(`http://me:hidden@${place.host}/secret-key`, runWith())).toEqual([
      `The monitor was not told of this run: healthchecks at ${place.host} (URL) ${problem}`,
    ])
  })

  test('when nobody is there, and the others are told all the same', async () => {
    const closed = await closedPlace()
    expect(await told(`${closed}/secret-key ${place.url}/k`, runWith(), { beginsToo: false })).toEqual([
      `The monitor was not told of this run: healthchecks at ${new URL(closed).host} (no. 1 of URL) cannot be reached (ECONNREFUSED)`,
    ])
    expect(paths()).toEqual([expect.stringContaining('/k/0')])
  })

  test.each([
    ['hc-ping.com/secret-key', 'is no address, such as https://hc-ping.com/KEY/seatable-{command}?create=1'],
    [
      'kuma+https://kuma/secret-key',
      'is not what Uptime Kuma shows for a push monitor: kuma+https://HOST/api/push/TOKEN',
    ],
    ['gatus+https://gatus/secret-key', 'must be gatus+https://TOKEN@HOST/api/v1/endpoints/GROUP_NAME/external'],
    ['cronitor+https://secret-key', 'has the kind cronitor+; known are kuma+, gatus+ and, for healthchecks, none'],
  ])('when the address is %s', async (text, problem) => {
    expect(await told(text, runWith(), { beginsToo: false })).toEqual([`Nobody is told by URL: it ${problem}`])
  })
})
