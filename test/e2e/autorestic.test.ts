import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { testAnyWrapper } from '../environment/any-wrapper.ts'
import { actLikeAutorestic } from '../environment/autorestic.ts'
import { type ProgramEnd, repositoryPassword } from '../environment/installation.ts'
import { describeWith } from '../environment/requirements.ts'
import { startWrapperSite, type WrapperSite } from '../environment/wrapper-site.ts'
import { wrapperProgram } from '../environment/wrappers.ts'
import type { State } from '../fixture/state.ts'

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

  testAnyWrapper({
    site: () => site,
    before: () => before,
    tag: 'ar:location:seatable',
    backUp,
    restore: async () => {
      const landing = await hook('pre-restore')
      expect(landing.stdout.trim()).toBe(site.landing)
      expect((await restoreTo(site.landing)).exitCode).toBe(0)
      return hook('post-restore')
    },
    withoutPassword: async (work) => {
      await writePassword('another')
      await work()
      await writePassword(repositoryPassword)
    },
  })
})
