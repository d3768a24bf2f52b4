import { join } from 'node:path'
import { repositoryPassword } from '../environment/installation.ts'
import { type MeasuredRun, measuredRun, type RunOptions } from './measured-run.ts'

export interface RepositorySize {
  /** Bytes of all pieces before compression. */
  readonly raw: number
  /** What they take on the disk. */
  readonly packed: number
}

/** A repository that restic alone writes to. */
export interface Repository {
  /** `restic backup` of these paths, with restic's own defaults. */
  backup(paths: readonly string[]): Promise<MeasuredRun>
  size(): Promise<RepositorySize>
}

/** Makes one in the folder, with a key as restic makes it: a real repository takes its time to be opened. */
export const openRepository = async (restic: string, dir: string, options: RunOptions): Promise<Repository> => {
  const env = {
    ...options.env,
    RESTIC_REPOSITORY: join(dir, 'repository'),
    RESTIC_PASSWORD: repositoryPassword,
    RESTIC_CACHE_DIR: join(dir, 'cache'),
  }
  const run = (...args: string[]) => measuredRun([restic, ...args], { ...options, env })
  await run('init', '--quiet')
  return {
    backup: (paths) => run('backup', '--quiet', '--host', 'bench', '--tag', 'seatable', ...paths),
    size: async () => sizeIn((await run('stats', '--json', '--mode', 'raw-data')).stdout),
  }
}

/** The same of a repository that our program writes to. */
export const sizeIn = (statistics: string): RepositorySize => {
  const { total_uncompressed_size: raw, total_size: packed } = JSON.parse(statistics) as Record<string, number>
  if (raw === undefined || packed === undefined) throw new Error(`restic stats said ${statistics}`)
  return { raw, packed }
}
