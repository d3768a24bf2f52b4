import { readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { actLikeAutorestic } from '../environment/autorestic.ts'
import { describeWith } from '../environment/requirements.ts'
import { wrapperProgram } from '../environment/wrappers.ts'
import { diffStates, type State } from '../fixture/state.ts'
import { type ProgramEnd, repositoryPassword } from './installation.ts'
import { spoil } from './on-this-host.ts'
import { isSwept, startWrapperSite, type WrapperSite } from './wrapper-site.ts'

const program = await wrapperProgram('autorestic')
const whichOne = program === undefined ? 'what autorestic does' : 'autorestic'

await describeWith(['mariadb', 'restic'], `${whichOne} with its example`, () => {
  let site: WrapperSite
  let config: string
  let before: State

  beforeAll(async () => {
    site = await startWrapperSite('seatable-data')
    config = await site.install('autorestic.yaml')
    await writePassword(repositoryPassword)
    before = await site.state()
  })

  afterAll(() => site.end())

  const writePassword = (password: string) =>
    writeFile(join(dirname(config), '.autorestic.env'), `AUTORESTIC_REMOTE_RESTIC_PASSWORD=${password}\n`, {
      mode: 0o600,
    })

  const backUp = (): Promise<ProgramEnd> =>
    program === undefined
      ? actLikeAutorestic(config, { backup: 'seatable' }, site.environment)
      : site.run(program, ['--ci', '--config', config, 'backup', '--location', 'seatable'])

  const restoreTo = (to: string): Promise<ProgramEnd> =>
    program === undefined
      ? actLikeAutorestic(config, { restore: 'seatable', to }, site.environment)
      : site.run(program, ['--ci', '--config', config, 'restore', '--location', 'seatable', '--to', to])

  const hook = (name: string) => site.run('seatable-restic', ['hook', name])

  test('makes a snapshot that lists, drills and holds everything, and leaves no dumps', async () => {
    const { exitCode, stderr } = await backUp()
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    expect(await isSwept(site)).toBe(true)
    const made = (await site.snapshots()).at(-1)
    expect(made).toMatchObject({ tags: ['ar:location:seatable'] })
    expect(made?.databases).toHaveLength(3)
    expect(made?.problem).toBeUndefined()
    expect((await site.installation.json<{ ok: boolean }>('drill', made?.id ?? '')).ok).toBe(true)
  })

  test('finds its last snapshot as the parent, and adds next to nothing', async () => {
    const [last] = (await site.rawSnapshots()).slice(-1)
    const bytes = await site.repositoryBytes()
    expect((await backUp()).exitCode).toBe(0)
    expect((await site.rawSnapshots()).at(-1)).toMatchObject({ parent: last?.id, paths: last?.paths })
    expect((await site.repositoryBytes()) - bytes).toBeLessThan(100_000)
  })

  test('brings everything back after a disaster', async () => {
    await spoil(site)
    // The configuration of the day comes back only where there is none.
    await rm(join(site.installation.dataDir, 'conf'), { recursive: true })
    const landing = await hook('pre-restore')
    expect(landing.stdout.trim()).toBe(site.landing)
    expect((await restoreTo(site.landing)).exitCode).toBe(0)
    const { exitCode, stderr } = await hook('post-restore')
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    expect(diffStates(before, await site.state())).toEqual([])
    expect(await readdir(site.landing)).toEqual([])
    await site.installation.json('drop-previous')
  })

  const expectNoSnapshot = async (): Promise<ProgramEnd> => {
    const snapshots = await site.rawSnapshots()
    const ended = await backUp()
    expect(ended.exitCode).not.toBe(0)
    expect(await site.rawSnapshots()).toEqual(snapshots)
    expect(await isSwept(site)).toBe(true)
    return ended
  }

  test('fails and makes no snapshot when the hook fails', async () => {
    await site.installation.set({ SEATABLE_RESTIC_DATABASES: 'ccnet_db missing_db' })
    const failed = await expectNoSnapshot()
    expect(failed.stdout + failed.stderr).toContain('missing_db')
    await site.installation.set({ SEATABLE_RESTIC_DATABASES: null })
  })

  test('fails and leaves no dumps when restic fails', async () => {
    await writePassword('another')
    await expectNoSnapshot()
    await writePassword(repositoryPassword)
  })
})
