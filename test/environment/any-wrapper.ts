import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diffStates, type State } from '../fixture/state.ts'
import type { ProgramEnd } from './installation.ts'
import { spoil } from './on-this-host.ts'
import { isSwept, type WrapperSite } from './wrapper-site.ts'

/** A wrapper with its example installed. */
export interface InstalledWrapper {
  /** Known once `beforeAll` has run. */
  readonly site: () => WrapperSite
  /** What was live before anything was saved. */
  readonly before: () => State
  readonly tag: string
  readonly backUp: () => Promise<ProgramEnd>
  /** Brings the last snapshot back, with the hooks around it. */
  readonly restore: () => Promise<ProgramEnd>
  /** Does the work while restic does not get the right password. */
  readonly withoutPassword: (work: () => Promise<void>) => Promise<void>
}

/** Fails where the work makes a snapshot, ends well, or leaves dumps. */
export const expectNoSnapshot = async (site: WrapperSite, work: () => Promise<ProgramEnd>): Promise<ProgramEnd> => {
  const snapshots = await site.rawSnapshots()
  const ended = await work()
  expect(ended.exitCode).not.toBe(0)
  expect(await site.rawSnapshots()).toEqual(snapshots)
  expect(await isSwept(site)).toBe(true)
  return ended
}

/** What every wrapper must do with its example. It ends with previous data that is still kept. */
export const testAnyWrapper = ({ site, before, tag, backUp, restore, withoutPassword }: InstalledWrapper): void => {
  test('makes a snapshot that lists, drills and holds everything, and leaves no dumps', async () => {
    const { exitCode, stderr } = await backUp()
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    expect(await isSwept(site())).toBe(true)
    const made = (await site().snapshots()).at(-1)
    expect(made).toMatchObject({ tags: [tag] })
    expect(made?.databases).toHaveLength(3)
    expect(made?.problem).toBeUndefined()
    expect((await site().installation.json<{ ok: boolean }>('drill', made?.id ?? '')).ok).toBe(true)
  })

  test('finds its last snapshot as the parent, and adds next to nothing', async () => {
    const [last] = (await site().rawSnapshots()).slice(-1)
    const bytes = await site().repositoryBytes()
    expect((await backUp()).exitCode).toBe(0)
    expect((await site().rawSnapshots()).at(-1)).toMatchObject({ parent: last?.id, paths: last?.paths })
    expect((await site().repositoryBytes()) - bytes).toBeLessThan(100_000)
  })

  test('fails and makes no snapshot when the hook fails', async () => {
    const { installation } = site()
    await installation.set({ SEATABLE_RESTIC_DATABASES: 'ccnet_db missing_db' })
    const failed = await expectNoSnapshot(site(), backUp)
    expect(failed.stdout + failed.stderr).toContain('missing_db')
    await installation.set({ SEATABLE_RESTIC_DATABASES: null })
  })

  test('fails and leaves no dumps when restic fails', () =>
    withoutPassword(async () => {
      await expectNoSnapshot(site(), backUp)
    }))

  test('brings everything back after a disaster', async () => {
    await spoil(site())
    // The configuration of the day comes back only where there is none.
    await rm(join(site().installation.dataDir, 'conf'), { recursive: true })
    expect(diffStates(before(), await site().state())).not.toEqual([])
    const { exitCode, stderr } = await restore()
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    expect(diffStates(before(), await site().state())).toEqual([])
    expect(await readdir(site().landing)).toEqual([])
  })
}
