import { chmod, chown } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { exitCodes, UserError } from '../../src/errors.ts'
import { forget, forgetArguments } from '../../src/restic/forget.ts'
import { listSnapshots } from '../../src/restic/snapshots.ts'
import { asNobody, noise, type Place, place, rejection, whileLockedExclusively } from '../environment/repository.ts'
import { available } from '../environment/requirements.ts'
import { resticBinaries } from '../environment/restic.ts'
import { keepNothing as none } from '../fixture/config.ts'

const isRoot = await available('root')

const request = { path: '/staging', host: 'tables', keep: none, prune: false, dryRun: false }
const only = '--path /staging --host tables --group-by host'

test.each([
  [
    { within: '7d', daily: 14, weekly: 8, monthly: 24, yearly: 0 },
    '--keep-within 7d --keep-daily 14 --keep-weekly 8 --keep-monthly 24',
  ],
  [{ ...none, yearly: 3 }, '--keep-yearly 3'],
  [{ ...none, within: '1y2m' }, '--keep-within 1y2m'],
  [{ ...none, within: '0d', daily: 1 }, '--keep-daily 1'],
])('the policy %o is passed to restic as it is, without what is zero', (keep, flags) => {
  expect(forgetArguments({ ...request, keep }).join(' ')).toBe(`forget --json --quiet ${only} ${flags}`)
})

test('prune and dry run are flags of their own', () => {
  const keep = { ...none, daily: 1 }
  expect(forgetArguments({ ...request, keep, prune: true, dryRun: true }).slice(-2)).toEqual(['--prune', '--dry-run'])
})

test.each([none, { ...none, within: '0' }, { ...none, within: '0d0h' }, { ...none, within: ' ' }])(
  'the policy %o keeps nothing and is refused',
  (keep) => {
    expect(() => forgetArguments({ ...request, keep })).toThrow(UserError)
  },
)

/** A repository shared with others: whose snapshots are whose is in the name. */
const shared = async (binary: string) => {
  const here = await place(binary)
  const staging = await here.files('staging', { a: 'a' })
  const data = await here.files('data', { b: 'b' })
  const extra = await here.files('extra', { c: 'c' })
  const beside = await here.files('staging2', { d: 'd' })
  const inside = await here.files('staging/inside', { e: 'e' })
  const save = (time: string, host: string, tag: string, ...paths: string[]) =>
    here.restic('backup', '--time', `${time} 03:00:00`, '--host', host, '--tag', tag, ...paths)
  await save('2026-05-01', 'tables', 'ours', staging, data)
  await save('2026-05-02', 'tables', 'ours', staging, data)
  await save('2026-05-03', 'tables', 'ours-with-other-paths', staging, data, extra)
  await save('2026-05-04', 'tables', 'ours-by-a-wrapper', staging)
  await save('2026-05-01', 'elsewhere', 'other-host', staging, data)
  await save('2026-05-02', 'elsewhere', 'other-host', staging, data)
  await save('2026-05-01', 'tables', 'foreign', data)
  await save('2026-05-02', 'tables', 'foreign-beside', beside)
  await save('2026-05-03', 'tables', 'foreign-inside', inside)
  await save('2026-05-03', 'tables', 'foreign-around', here.dir)
  const restic = await here.open()
  return { here, restic, request: { ...request, path: staging } }
}

const tagsLeft = async (here: Place) =>
  (await listSnapshots(await here.open())).map(({ tags, time }) => `${tags.join()} ${time.slice(0, 10)}`).sort()

const others = [
  'foreign 2026-05-01',
  'foreign-around 2026-05-03',
  'foreign-beside 2026-05-02',
  'foreign-inside 2026-05-03',
  'other-host 2026-05-01',
  'other-host 2026-05-02',
]

describe.each([...(await resticBinaries())])('restic %s', (version, binary) => {
  test('only snapshots of this staging path and this host are forgotten, as one history whatever their paths and tags', async () => {
    const { here, restic, request } = await shared(binary)
    const keep = { ...none, daily: 2 }
    const planned = await forget(restic, { ...request, keep, dryRun: true, prune: true })
    expect(planned.removed.map(({ time }) => time.slice(0, 10)).sort()).toEqual(['2026-05-01', '2026-05-02'])
    expect(await tagsLeft(here)).toHaveLength(10)

    const result = await forget(restic, { ...request, keep })
    expect(result.removed.map(({ id }) => id).sort()).toEqual(planned.removed.map(({ id }) => id).sort())
    expect(result.kept.map(({ tags }) => tags.join()).sort()).toEqual(['ours-by-a-wrapper', 'ours-with-other-paths'])
    expect(await tagsLeft(here)).toEqual(
      [...others, 'ours-by-a-wrapper 2026-05-04', 'ours-with-other-paths 2026-05-03'].sort(),
    )
  })

  test('a path and host without snapshots removes nothing', async () => {
    const { here, restic, request } = await shared(binary)
    const keep = { ...none, daily: 1 }
    expect(await forget(restic, { ...request, keep, host: 'nobody' })).toEqual({ kept: [], removed: [] })
    expect(await forget(restic, { ...request, keep, path: '/nowhere' })).toEqual({ kept: [], removed: [] })
    expect(await tagsLeft(here)).toHaveLength(10)
  })

  test('prune frees the space of what was forgotten', async () => {
    const here = await place(binary)
    const staging = await here.files('staging', { dump: noise(4 * 1024 * 1024) })
    await here.restic('backup', '--time', '2026-05-01 03:00:00', '--host', 'tables', staging)
    await here.files('staging', { dump: 'small' })
    await here.restic('backup', '--time', '2026-05-02 03:00:00', '--host', 'tables', staging)
    const size = async () => Number((await execa('du', ['-sk', join(here.dir, 'repository')])).stdout.split('\t')[0])
    const keep = { ...none, daily: 1 }
    const restic = await here.open()
    expect(await size()).toBeGreaterThan(4 * 1024)
    const { removed } = await forget(restic, { ...request, path: staging, keep, prune: true })
    expect(removed).toHaveLength(1)
    expect(await size()).toBeLessThan(2 * 1024)
    // A second time there is nothing to remove, and that is no failure.
    expect((await forget(restic, { ...request, path: staging, keep, prune: true })).removed).toEqual([])
  })

  // 0.14 tries for 40 seconds, to the same end: seen by hand.
  const versionsThatGiveUp = version.startsWith('0.14.') ? [] : [version]
  test.each(versionsThatGiveUp)('a deletion that the repository refuses is a failure (%s)', async () => {
    const { here, request } = await shared(binary)
    const nobody = await asNobody(here)
    const folder = join(here.dir, 'repository', 'snapshots')
    if (isRoot) await chown(folder, 0, 0)
    await chmod(folder, 0o555)
    const error = await rejection(forget(await nobody.open(), { ...request, keep: { ...none, daily: 1 } }))
    await chmod(folder, 0o755)
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ exitCode: exitCodes.failed, hint: expect.stringContaining('append-only') })
    expect(await tagsLeft(here)).toHaveLength(10)
  })

  test('a locked repository is told as locked', async () => {
    const here = await place(binary)
    await whileLockedExclusively(here, async () => {
      const error = await rejection(forget(await here.open(), { ...request, keep: { ...none, daily: 1 } }))
      expect(error).toMatchObject({ exitCode: exitCodes.locked })
    })
  })

  test('a policy that restic does not understand is a failure that removes nothing', async () => {
    const { here, restic, request } = await shared(binary)
    const error = await rejection(forget(restic, { ...request, keep: { ...none, within: 'a week' } }))
    expect(error).toMatchObject({ exitCode: exitCodes.usage, message: expect.stringContaining('a week') })
    expect(await tagsLeft(here)).toHaveLength(10)
  })
})
