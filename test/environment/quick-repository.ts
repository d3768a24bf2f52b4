import { execa } from 'execa'
import { makeKeyQuick } from './quick-key.ts'

/** Makes an empty local repository that is opened in no time, with the `restic` of the environment's PATH. */
export const createQuickRepository = async (environment: Readonly<Record<string, string>>): Promise<void> => {
  await execa('restic', ['init', '--quiet'], { env: environment, extendEnv: false, stdin: 'ignore' })
  await makeKeyQuick(environment.RESTIC_REPOSITORY ?? '', environment.RESTIC_PASSWORD ?? '')
}
