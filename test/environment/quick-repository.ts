import { execa } from 'execa'
import { makeKeyQuick } from './quick-key.ts'
import { copyTemplate } from './template.ts'

/**
 * Makes an empty local repository that is opened in no time, as the `restic` of the environment's PATH makes one. Those
 * of the same restic and password are copies of one, which takes a second of processor time.
 */
export const createQuickRepository = async (environment: Readonly<Record<string, string>>): Promise<void> => {
  const { RESTIC_REPOSITORY: repository = '', RESTIC_PASSWORD: password = '' } = environment
  const restic = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    execa('restic', args, { env: { ...environment, ...more }, extendEnv: false, stdin: 'ignore' })
  const { stdout: version } = await restic(['version'])
  await copyTemplate('repositories', [version, password], repository, async (folder) => {
    await restic(['init', '--quiet', '--no-cache'], { RESTIC_REPOSITORY: folder })
    await makeKeyQuick(folder, password)
  })
}
