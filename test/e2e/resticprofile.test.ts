import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectNoSnapshot, testAnyWrapper } from '../environment/any-wrapper.ts'
import { endOf, type ProgramEnd } from '../environment/installation.ts'
import { describeWith } from '../environment/requirements.ts'
import { startWrapperSite, type WrapperSite, whileDumpWaits } from '../environment/wrapper-site.ts'
import { wrapperProgram } from '../environment/wrappers.ts'
import type { State } from '../fixture/state.ts'

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

  testAnyWrapper({
    site: () => site,
    before: () => before,
    tag: 'seatable',
    backUp: () => resticprofile('backup'),
    restore: () => resticprofile('restore', 'latest'),
    withoutPassword: (work) => site.breakPassword(work),
  })

  test('does not even begin a restore while the previous data is kept', async () => {
    const refused = await resticprofile('restore', 'latest')
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stdout + refused.stderr).toContain('is still kept')
    expect(await readdir(site.landing)).toEqual([])
    await site.installation.json('drop-previous', '--yes')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('interrupted by %s during the dump, it leaves nothing', async (signal) => {
    await expectNoSnapshot(site, async () => {
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
    await expectNoSnapshot(site, async () => {
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
