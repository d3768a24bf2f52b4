import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../environment/requirements.ts'
import { wrapperProgram } from '../environment/wrappers.ts'
import { diffStates, type State } from '../fixture/state.ts'
import { endOf, type ProgramEnd } from './installation.ts'
import { spoil } from './on-this-host.ts'
import { isSwept, startWrapperSite, type WrapperSite, whileDumpWaits } from './wrapper-site.ts'

await describeWith(['mariadb', 'restic', 'resticprofile'], 'resticprofile with its example', () => {
  let site: WrapperSite
  let program: string
  let config: string
  let before: State

  beforeAll(async () => {
    site = await startWrapperSite('seatable-server')
    program = (await wrapperProgram('resticprofile')) as string
    config = await site.install('resticprofile.yaml')
    before = await site.state()
  })

  afterAll(() => site.end())

  const args = (...more: string[]) => ['--config', config, '--name', 'seatable', ...more]
  const resticprofile = (...more: string[]): Promise<ProgramEnd> => site.run(program, args(...more))

  test('makes a snapshot that lists, drills and holds everything, and leaves no dumps', async () => {
    const { exitCode, stderr } = await resticprofile('backup')
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    expect(await isSwept(site)).toBe(true)
    const made = (await site.snapshots()).at(-1)
    expect(made).toMatchObject({ tags: ['seatable'] })
    expect(made?.databases).toHaveLength(3)
    expect(made?.problem).toBeUndefined()
    expect((await site.installation.json<{ ok: boolean }>('drill', made?.id ?? '')).ok).toBe(true)
  })

  test('finds its last snapshot as the parent, and adds next to nothing', async () => {
    const [last] = (await site.rawSnapshots()).slice(-1)
    const bytes = await site.repositoryBytes()
    expect((await resticprofile('backup')).exitCode).toBe(0)
    expect((await site.rawSnapshots()).at(-1)).toMatchObject({ parent: last?.id, paths: last?.paths })
    expect((await site.repositoryBytes()) - bytes).toBeLessThan(100_000)
  })

  test('brings everything back after a disaster', async () => {
    await spoil(site)
    // The configuration of the day comes back only where there is none.
    await rm(join(site.installation.dataDir, 'conf'), { recursive: true })
    expect(diffStates(before, await site.state())).not.toEqual([])
    const { exitCode, stderr } = await resticprofile('restore', 'latest')
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    expect(diffStates(before, await site.state())).toEqual([])
    expect(await readdir(site.landing)).toEqual([])
  })

  test('does not even begin a restore while the previous data is kept', async () => {
    const refused = await resticprofile('restore', 'latest')
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stdout + refused.stderr).toContain('is still kept')
    expect(await readdir(site.landing)).toEqual([])
    await site.installation.json('drop-previous')
  })

  const expectNoSnapshot = async (work: () => Promise<ProgramEnd>): Promise<ProgramEnd> => {
    const snapshots = await site.rawSnapshots()
    const ended = await work()
    expect(ended.exitCode).not.toBe(0)
    expect(await site.rawSnapshots()).toEqual(snapshots)
    expect(await isSwept(site)).toBe(true)
    return ended
  }

  test('fails and makes no snapshot when the hook fails', async () => {
    await site.installation.set({ SEATABLE_RESTIC_DATABASES: 'ccnet_db missing_db' })
    const failed = await expectNoSnapshot(() => resticprofile('backup'))
    expect(failed.stdout + failed.stderr).toContain('missing_db')
    await site.installation.set({ SEATABLE_RESTIC_DATABASES: null })
  })

  test('fails and leaves no dumps when restic fails', async () => {
    await site.breakPassword(async () => {
      const failed = await expectNoSnapshot(() => resticprofile('backup'))
      expect(failed.stdout + failed.stderr).toContain('restic did not make a snapshot')
    })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('interrupted by %s during the dump, it leaves nothing', async (signal) => {
    await expectNoSnapshot(async () => {
      const running = site.start(program, args('backup'))
      await whileDumpWaits(site, async (dumpWaits) => {
        await dumpWaits()
        running.kill(signal)
        await running
      })
      return endOf(await running)
    })
  })

  test('interrupted while restic is at work, it leaves neither a snapshot nor dumps', async () => {
    await expectNoSnapshot(async () => {
      const ended = await site.whileResticWaits(
        () => site.start(program, args('backup')),
        async (running) => {
          running.kill('SIGTERM')
        },
      )
      return endOf(ended)
    })
  })

  test('takes all snapshots of this SeaTable for one history when it thins them out', async () => {
    const planned = await site.run(program, ['--dry-run', ...args('backup')])
    const forget = /restic (forget .*)$/m.exec(planned.stdout + planned.stderr)?.[1]?.split(' ') ?? []
    // The interrupted restic of 0.14 can have left its lock.
    const options = ['--dry-run', '--json', '--quiet', '--no-lock']
    const { exitCode, stdout, stderr } = await site.installation.restic(...forget, ...options)
    expect([exitCode, stderr]).toEqual([0, ''])
    const groups: { keep: unknown[] }[] = JSON.parse(stdout)
    expect(groups.map(({ keep }) => keep.length)).toEqual([(await site.rawSnapshots()).length])
  })
})
