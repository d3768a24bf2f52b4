import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { exitCodes } from '../../src/errors.ts'
import { check } from '../../src/jobs/check.ts'
import type { JobEvent } from '../../src/jobs/context/events.ts'
import type { JobContext } from '../../src/jobs/context/job-context.ts'
import { forget } from '../../src/jobs/forget.ts'
import { init } from '../../src/jobs/init.ts'
import { chooseSnapshot } from '../../src/jobs/snapshots/choose.ts'
import { markPartial } from '../../src/jobs/snapshots/health.ts'
import { ownSnapshots, readManifest } from '../../src/jobs/snapshots/manifests.ts'
import { snapshots } from '../../src/jobs/snapshots.ts'
import { incompleteManifest, type Manifest } from '../../src/staging/manifest.ts'
import { emptyPlace, type Place, place, rejection, whileLockedExclusively } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'
import { configWith, keepNothing } from '../fixture/config.ts'

const configOf = ({ dir, environment }: Place): Config =>
  configWith({
    dataPaths: [],
    extraPaths: [],
    databases: ['ccnet_db'],
    stateDir: join(dir, 'state'),
    host: 'tables',
    keep: { ...keepNothing, daily: 1 },
    environment: { restic: environment, tools: { PATH: process.env.PATH ?? '' } },
  })

const contextOf = (here: Place, change: Partial<Config> = {}) => {
  const events: JobEvent[] = []
  const context: JobContext = {
    config: { ...configOf(here), ...change },
    report: (event) => events.push(event),
    signal: new AbortController().signal,
    watched: false,
    now: () => new Date('2026-05-04T03:00:00Z'),
    databasePassword: async () => null,
    atEnd: () => {},
  }
  return { context, events }
}

const manifest = (change: Partial<Manifest> = {}): string =>
  JSON.stringify({
    format: 1,
    tool: '0.1.0',
    complete: true,
    instant: '2026-05-04T03:00:00.000Z',
    finished: '2026-05-04T03:01:00.000Z',
    server: { version: '10.11.11-MariaDB', client: 'mariadb-dump' },
    dataDir: '/opt/seatable-server/seatable',
    dataPaths: [],
    extraPaths: [],
    databases: [
      {
        name: 'ccnet_db',
        file: 'ccnet_db.sql',
        bytes: 1234,
        sha256: 'a'.repeat(64),
        rows: 56,
        characterSet: 'utf8mb4',
        collation: 'utf8mb4_general_ci',
        objectsOffset: 1200,
        largestStatement: 1000,
        tables: [],
        sequences: [],
        views: [],
        triggers: [],
        routines: [],
        events: [],
      },
    ],
    warnings: [],
    ...change,
  })

/** Saves the staging area of the place with this manifest, or with none. */
const save = async (here: Place, date: string, text: string | null, tag = 'seatable') => {
  const staging = await here.files('state/staging', { 'ccnet_db.sql': date })
  if (text === null) await rm(join(staging, 'manifest.json'), { force: true })
  else await writeFile(join(staging, 'manifest.json'), text)
  await here.restic('backup', '--time', `${date} 03:00:00`, '--host', 'tables', '--tag', tag, staging)
}

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test('snapshots are described by their manifests, and those without one have a problem', async () => {
    const here = await place(binary)
    await here.restic('backup', await here.files('foreign', { x: 'x' }))
    await save(here, '2026-05-01', manifest())
    await save(here, '2026-05-02', null)
    await save(here, '2026-05-03', incompleteManifest('0.1.0', 'the dump was cut'))
    await save(here, '2026-05-04', 'no JSON')
    const { context, events } = contextOf(here)
    const listed = await snapshots(context)
    expect(listed.map(({ databases, instant }) => [databases, instant])).toEqual([
      [[{ name: 'ccnet_db', rows: 56, bytes: 1234 }], '2026-05-04T03:00:00.000Z'],
      [[], null],
      [[], null],
      [[], null],
    ])
    expect(listed[0]).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      shortId: expect.stringMatching(/^[0-9a-f]{8}$/),
      time: expect.stringMatching(/^2026-05-01T\d\d:00:00\.000Z$/),
      hostname: 'tables',
      tags: ['seatable'],
    })
    expect(listed.map(({ problem }) => problem)).toEqual([
      undefined,
      expect.stringContaining('holds no manifest.json'),
      expect.stringContaining('never completed'),
      expect.stringContaining('not JSON'),
    ])
    expect(events.filter(({ type }) => type === 'detail')).toHaveLength(3)
  })

  test('a snapshot of which restic could not read everything says so, and when it is chosen too', async () => {
    const here = await place(binary)
    await save(here, '2026-05-04', manifest(), 'seatable-partial')
    const { context, events } = contextOf(here)
    const [listed] = await snapshots(context)
    expect(listed).toMatchObject({
      instant: '2026-05-04T03:00:00.000Z',
      problem: 'restic could not read everything that belongs in it',
    })
    const { warnings } = await chooseSnapshot(await here.open(), { id: 'latest' }, context)
    expect(warnings).toEqual([
      `Snapshot ${listed?.shortId} is not whole: restic could not read everything that belongs in it`,
    ])
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(2)
  })

  test.each([
    [['seatable'], ['seatable-partial']],
    [['safety'], ['safety', 'seatable-partial']],
  ])('a partial snapshot with the tags %o is tagged %o, and its new id is told', async (tags, expected) => {
    const here = await place(binary)
    await save(here, '2026-05-03', manifest())
    await save(here, '2026-05-04', manifest(), tags.join())
    const restic = await here.open()
    const before = await ownSnapshots(restic, configOf(here))
    const id = await markPartial(restic, before.at(-1)?.id ?? '', tags, () => {})
    const after = await ownSnapshots(restic, configOf(here))
    expect(after.map((one) => one.tags)).toEqual([['seatable'], expected])
    expect(after[0]).toEqual(before[0])
    expect(after[1]).toMatchObject({ id, original: before[1]?.id, time: before[1]?.time, paths: before[1]?.paths })
  })

  test('a partial snapshot that cannot be tagged keeps its id, and that is a warning', async () => {
    const here = await place(binary)
    await save(here, '2026-05-04', manifest())
    const restic = await here.open()
    const [snapshot] = await ownSnapshots(restic, configOf(here))
    const warnings: string[] = []
    await whileLockedExclusively(here, async () => {
      const id = await markPartial(restic, snapshot?.id ?? '', ['seatable'], (message) => warnings.push(message))
      expect(id).toBe(snapshot?.id)
    })
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Snapshot [0-9a-f]{8} could not be tagged seatable-partial, and counts as a whole one: .*locked/,
      ),
    ])
  })

  test('a manifest is fetched once and kept for its owner alone', async () => {
    const here = await place(binary)
    await save(here, '2026-05-01', manifest())
    await save(here, '2026-05-02', null)
    const { context } = contextOf(here)
    const first = await snapshots(context)
    const folder = join(here.dir, 'state', 'manifests')
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await readdir(folder)).sort()).toEqual(first.map(({ id }) => `${id}.json`).sort())
    expect((await stat(join(folder, `${first[0]?.id}.json`))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, `${first[0]?.id}.json`), 'utf8')).toBe(manifest())

    // With the data gone from the repository only what was kept can answer.
    await rm(join(here.dir, 'repository', 'data'), { recursive: true })
    await rm(join(here.dir, 'cache'), { recursive: true })
    expect(await snapshots(context)).toEqual(first)
  })

  test('a kept manifest that cannot be written is no failure', async () => {
    const here = await place(binary)
    await save(here, '2026-05-01', manifest())
    await writeFile(join(here.dir, 'state', 'manifests'), 'in the way')
    expect(await snapshots(contextOf(here).context)).toMatchObject([{ databases: [{ name: 'ccnet_db' }] }])
  })

  test('the manifest of one snapshot is read for a restore', async () => {
    const here = await place(binary)
    await save(here, '2026-05-01', manifest())
    await save(here, '2026-05-02', null)
    const restic = await here.open()
    const [whole, bare] = await ownSnapshots(restic, configOf(here))
    if (!whole || !bare) throw new Error('two snapshots were made')
    expect(await readManifest(restic, configOf(here), whole)).toMatchObject({ complete: true })
    const error = await rejection(readManifest(restic, configOf(here), bare))
    expect(error).toMatchObject({ message: `Snapshot ${bare.shortId} holds no manifest.json` })
  })

  test('init creates the repository, and tells where it is', async () => {
    const here = await emptyPlace(binary)
    const { context } = contextOf(here)
    const repository = join(here.dir, 'repository')
    expect(await init(context)).toMatchObject({ created: true, repository })
    expect(await init(context)).toMatchObject({ created: false, repository })
  })

  test('check tells its progress in percent', async () => {
    const here = await place(binary)
    await save(here, '2026-05-01', manifest())
    const { context, events } = contextOf(here)
    expect(await check(context, { readData: true })).toEqual({ ok: true, errors: [] })
    expect(events).toContainEqual(expect.objectContaining({ type: 'progress', unit: 'percent', done: 100, total: 100 }))
  })

  test('forget applies the policy of the configuration to its own snapshots', async () => {
    const here = await place(binary)
    await here.restic('backup', '--host', 'tables', await here.files('foreign', { x: 'x' }))
    await save(here, '2026-05-01', manifest())
    await save(here, '2026-05-02', manifest())
    const { context } = contextOf(here)
    expect((await forget(context, { prune: false, dryRun: true })).removed).toHaveLength(1)
    expect(await snapshots(context)).toHaveLength(2)
    const { removed, kept } = await forget(context, { prune: true, dryRun: false })
    expect([removed.length, kept.length]).toEqual([1, 1])
    const manifests = await readdir(join(context.config.stateDir, 'manifests'))
    expect(manifests).toEqual(kept.map(({ id }) => `${id}.json`))
    expect(JSON.parse(await here.restic('snapshots', '--json'))).toHaveLength(2)
  })

  test('forget tells of the snapshots under other host names, which it leaves alone', async () => {
    const here = await place(binary)
    await save(here, '2026-05-01', manifest())
    await save(here, '2026-05-02', manifest())
    const others = [{ hostname: 'tables', snapshots: 2 }]
    const renamed = await forget(contextOf(here, { host: 'renamed' }).context, { prune: false, dryRun: false })
    expect(renamed).toEqual({ kept: [], removed: [], host: 'renamed', others })
    expect(await forget(contextOf(here).context, { prune: false, dryRun: true })).toMatchObject({ others: [] })
  })

  test('what is no backup is set apart and never takes the place of a good snapshot', async () => {
    const here = await place(binary)
    await save(here, '2026-05-01', manifest(), 'a,wrapper')
    await save(here, '2026-05-02', manifest(), '')
    await save(here, '2026-05-03', manifest())
    await save(here, '2026-05-04', null)
    await save(here, '2026-05-05', incompleteManifest('0.1.0', 'the dump was cut'), '')
    await save(here, '2026-05-06', incompleteManifest('0.1.0', 'the dump was cut'), 'a,wrapper')
    await save(here, '2026-05-06', manifest(), 'seatable-partial')
    await save(here, '2026-05-07', manifest(), 'safety')
    const keep = { ...keepNothing, daily: 3 }
    const { context, events } = contextOf(here, { keep })
    const listed = () => snapshots(contextOf(here).context)
    const dates = async () => (await listed()).map(({ time }) => time.slice(8, 10))

    await forget(context, { prune: false, dryRun: true })
    expect((await listed()).flatMap(({ tags }) => tags)).not.toContain('seatable-incomplete')
    const { removed } = await forget(context, { prune: false, dryRun: false })
    expect(removed).toEqual([])
    expect(await dates()).toEqual(['01', '02', '03', '04', '05', '06', '06', '07'])
    const tags = (await listed()).slice(3).map(({ tags }) => tags.join())
    // Two are of one time.
    expect(tags.sort()).toEqual([
      'safety',
      'seatable-incomplete',
      'seatable-incomplete',
      'seatable-incomplete',
      'seatable-partial',
    ])
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(2)

    // A good one follows: it takes the place of the oldest good one, and what is no backup is kept for KEEP_WITHIN.
    await save(here, '2026-05-08', manifest(), 'a,wrapper')
    const withinDays = contextOf(here, { keep: { ...keep, within: '2d' } }).context
    await forget(withinDays, { prune: false, dryRun: false })
    expect(await dates()).toEqual(['02', '03', '06', '06', '07', '08'])
    await forget(context, { prune: true, dryRun: false })
    expect(await dates()).toEqual(['02', '03', '08'])
  })

  test('a policy that keeps nothing removes nothing', async () => {
    const here = await place(binary)
    await save(here, '2026-05-01', manifest())
    const keep = { within: '0', daily: 0, weekly: 0, monthly: 0, yearly: 0 }
    const error = await rejection(forget(contextOf(here, { keep }).context, { prune: true, dryRun: false }))
    expect(error).toMatchObject({ exitCode: exitCodes.failed, message: expect.stringContaining('keeps nothing') })
    expect(await ownSnapshots(await here.open(), configOf(here))).toHaveLength(1)
  })
})
