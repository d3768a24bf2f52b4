import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/errors.ts'
import { findSnapshot, listSnapshots, type Snapshot } from '../../src/restic/snapshots.ts'
import { place } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

const snapshot = (start: string, time: string): Snapshot => ({
  id: start.padEnd(64, '0'),
  shortId: start.padEnd(8, '0').slice(0, 8),
  time,
  hostname: 'tables',
  tags: [],
  paths: ['/staging'],
  original: null,
  summary: null,
})

const older = snapshot('abcd1234', '2026-05-03T03:00:00.123456789Z')
const newer = snapshot('abcd5678', '2026-05-04T03:00:00Z')
const eastern = snapshot('ef', '2026-05-04T04:59:00+02:00')

const failureOf = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

test('a snapshot is found by the beginning of its id, in capitals too', () => {
  expect(findSnapshot([older, newer], 'abcd1')).toBe(older)
  expect(findSnapshot([older, newer], 'ABCD5678')).toBe(newer)
  expect(findSnapshot([older, newer], newer.id)).toBe(newer)
})

test('latest is the youngest, compared as instants and in any order', () => {
  expect(findSnapshot([newer, eastern, older], 'latest')).toBe(newer)
})

test('an ambiguous id fails with the candidates', () => {
  expect(failureOf(() => findSnapshot([older, newer], 'abcd'))).toMatchObject({
    exitCode: exitCodes.failed,
    message: expect.stringMatching(/fits 2 snapshots: abcd12340000 \(2026-05-03T03:00:00.123Z, tables\), abcd56780000/),
  })
})

test('an unknown id fails with the youngest there is', () => {
  expect(failureOf(() => findSnapshot([older, newer], '0123abcd'))).toMatchObject({
    exitCode: exitCodes.failed,
    message: expect.stringMatching(/no snapshot 0123abcd .* abcd56780000/),
  })
})

test.each(['abc', 'xyz1', 'a'.repeat(65), '', '--latest', 'LATEST'])('"%s" is a wrong argument, not an id', (text) => {
  expect(failureOf(() => findSnapshot([older], text))).toMatchObject({ exitCode: exitCodes.usage })
})

test('a repository without a snapshot of SeaTable says how to make one', () => {
  expect(failureOf(() => findSnapshot([], 'latest'))).toMatchObject({
    exitCode: exitCodes.failed,
    hint: expect.stringContaining('seatable-restic backup'),
  })
})

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test('snapshots are listed oldest first, by exact path, host and tags', async () => {
    const here = await place(binary)
    const restic = await here.open()
    const staging = await here.files('staging', { a: 'a' })
    const similar = await here.files('staging2', { a: 'a' })
    const inside = await here.files('staging/inside', { a: 'a' })
    const save = (time: string, host: string, tag: string, ...paths: string[]) =>
      here.restic('backup', '--time', `${time} 03:00:00`, '--host', host, '--tag', tag, ...paths)
    await save('2026-05-03', 'one', 'night', staging, similar)
    await save('2026-05-01', 'two', 'night,weekly', staging)
    await save('2026-05-02', 'one', 'night', similar)
    await save('2026-05-04', 'one', 'night', inside)
    await save('2026-05-05', 'one', 'night', here.dir)

    const dates = async (filter: Parameters<typeof listSnapshots>[1]) =>
      (await listSnapshots(restic, filter)).map(({ time }) => time.slice(8, 10))
    expect(await dates({})).toEqual(['01', '02', '03', '04', '05'])
    expect(await dates({ path: staging })).toEqual(['01', '03'])
    expect(await dates({ path: staging, host: 'two' })).toEqual(['01'])
    expect(await dates({ tags: ['night', 'weekly'] })).toEqual(['01'])
    expect(await dates({ path: staging, host: 'none' })).toEqual([])
  })

  test('an empty repository has no snapshots', async () => {
    const here = await place(binary)
    expect(await listSnapshots(await here.open())).toEqual([])
  })

  test('a snapshot carries its summary since 0.17', async () => {
    const here = await place(binary)
    const restic = await here.open()
    const source = await here.files('source', { a: 'aaa' })
    await here.restic('backup', source)
    const summary = (await listSnapshots(restic))[0]?.summary
    if (restic.version.minor < 17) expect(summary).toBeNull()
    else expect(summary).toMatchObject({ files: 1, bytes: 3, start: expect.any(String), end: expect.any(String) })
  })
})
