import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endOf, type ProgramEnd } from '../environment/installation.ts'
import { describeWith } from '../environment/requirements.ts'
import {
  isSwept,
  type ListedSnapshot,
  startWrapperSite,
  type WrapperSite,
  whileDumpWaits,
} from '../environment/wrapper-site.ts'
import { dataPaths } from '../fixture/tree.ts'

await describeWith(['mariadb', 'restic'], 'a run of a wrapper that is only half done', () => {
  let site: WrapperSite

  beforeAll(async () => {
    site = await startWrapperSite('seatable-server')
  })

  afterAll(() => site.end())

  const hook = (...args: string[]): Promise<ProgramEnd> => site.run('seatable-restic', ['hook', ...args])

  const sources = () => [site.staging, ...dataPaths.map((name) => join(site.installation.dataDir, name))]

  const restic = (): Promise<ProgramEnd> => site.installation.restic('backup', ...sources())

  const resticThatWaits = (work: () => Promise<void>): Promise<ProgramEnd> =>
    site.whileResticWaits(
      () => site.installation.restic('--password-file', site.passwordFile, 'backup', ...sources()),
      work,
    )

  const manifest = async () => JSON.parse(await readFile(join(site.staging, 'manifest.json'), 'utf8'))

  /** What restic saves now is seen to be no backup. */
  const expectBadSnapshot = async (reason: RegExp, made: Promise<ProgramEnd> = restic()): Promise<void> => {
    expect((await made).exitCode).toBe(0)
    const bad = (await site.snapshots()).at(-1) as ListedSnapshot
    expect([bad.databases, bad.problem]).toEqual([[], expect.stringMatching(reason)])
  }

  const expectGoodSnapshot = async (made: Promise<ProgramEnd> = restic()): Promise<void> => {
    expect((await made).exitCode).toBe(0)
    const good = (await site.snapshots()).at(-1) as ListedSnapshot
    expect([good.databases.length, good.problem]).toEqual([3, undefined])
  }

  test('is made up for by the next when restic never ran, and when post-backup never came', async () => {
    expect((await hook('pre-backup')).exitCode).toBe(0)
    const first = await manifest()
    expect((await hook('pre-backup')).exitCode).toBe(0)
    expect((await manifest()).instant > first.instant).toBe(true)
    await expectGoodSnapshot()
    expect((await site.installation.run('backup')).exitCode).toBe(0)
    expect(await isSwept(site)).toBe(true)
  })

  test('is cleaned up by a post-backup that comes twice, or without anything before it', async () => {
    await hook('pre-backup')
    expect(await hook('post-backup', '0')).toMatchObject({ exitCode: 0 })
    expect(await hook('post-backup', '0')).toMatchObject({ exitCode: 0 })
    expect(await isSwept(site)).toBe(true)
  })

  test('does not leave its dumps to a later one whose pre-backup fails and whose wrapper goes on', async () => {
    expect((await hook('pre-backup')).exitCode).toBe(0)
    await site.installation.set({ SEATABLE_RESTIC_DB_SOCKET: '/nowhere/mysqld.sock' })
    expect((await hook('pre-backup')).exitCode).toBe(1)
    await site.installation.set({ SEATABLE_RESTIC_DB_SOCKET: site.server.socket })
    expect(await readdir(site.staging)).toEqual(['manifest.json'])
    await expectBadSnapshot(/never completed/)
  })

  test('makes no good snapshot without a pre-backup', async () => {
    await hook('post-backup')
    await expectBadSnapshot(/holds no manifest/)
  })

  test('is seen to be none when its hook was killed in the dump, and the next sweeps what that has left', async () => {
    // Whole dumps of an earlier run lie there, which the killed hook must have done away with.
    await hook('pre-backup')
    await whileDumpWaits(site, async (dumpWaits) => {
      const running = site.start('seatable-restic', ['hook', 'pre-backup'])
      await dumpWaits()
      running.kill('SIGKILL')
      await running
    })
    await expectBadSnapshot(/never completed/)
    expect((await hook('pre-backup')).exitCode).toBe(0)
    expect((await readdir(site.staging)).sort()).toEqual([
      'ccnet_db.sql',
      'dtable_db.sql',
      'manifest.json',
      'seafile_db.sql',
    ])
    await hook('post-backup')
  })

  test('beside another that dumps is refused, and so is its post-backup', async () => {
    await whileDumpWaits(site, async (dumpWaits) => {
      const running = site.start('seatable-restic', ['hook', 'pre-backup'])
      await dumpWaits()
      for (const args of [['pre-backup'], ['post-backup', '11']]) {
        const { exitCode, stderr } = await hook(...args)
        expect([exitCode, stderr]).toEqual([
          11,
          expect.stringContaining('Another run is at work here: hook pre-backup'),
        ])
      }
      running.kill('SIGTERM')
      expect(endOf(await running).exitCode).toBe(143)
    })
    expect(await manifest()).toMatchObject({ complete: false })
  })

  test('beside a restic that reads the staging area is refused, and so are a backup and a post-backup', async () => {
    await hook('pre-backup')
    const lying = await readdir(site.staging)
    const made = await resticThatWaits(async () => {
      for (const refused of [
        await hook('pre-backup'),
        await hook('post-backup', '0'),
        await site.installation.run('backup'),
      ]) {
        expect([refused.exitCode, refused.stderr]).toEqual([11, expect.stringContaining('is saving the staging area')])
      }
      expect(await readdir(site.staging)).toEqual(lying)
    })
    await expectGoodSnapshot(Promise.resolve(made))
    expect((await site.installation.json<{ ok: boolean }>('drill')).ok).toBe(true)
    await hook('post-backup', '0')
  })

  test('whose restic begins while another dumps makes no good snapshot, and neither does the other', async () => {
    let made: Promise<ProgramEnd> | undefined
    let other: ProgramEnd | undefined
    await whileDumpWaits(site, async (dumpWaits) => {
      const running = site.start('seatable-restic', ['hook', 'pre-backup'])
      await dumpWaits()
      await new Promise<void>((begun, failed) => {
        made = resticThatWaits(async () => {
          begun()
          other = endOf(await running)
        })
        made.catch(failed)
      })
    })
    const ended = await made
    expect(other).toMatchObject({ exitCode: 11, stderr: expect.stringContaining('is saving the staging area') })
    if (ended === undefined) throw new Error('restic was started')
    await expectBadSnapshot(/never completed/, Promise.resolve(ended))
  })
})
