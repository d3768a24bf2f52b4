import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { createInstallation, program, type TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { createQuickRepository } from '../environment/quick-repository.ts'
import { systemPath } from '../environment/system-path.ts'
import { createTree } from '../fixture/tree.ts'

/** Somebody who follows a page to the letter, on a host where the paths of the pages lie in a folder. */
export interface Administrator {
  readonly installation: TestInstallation
  /** What `init` does, but with a key that costs nothing. */
  createRepository(): Promise<void>
  /** Runs a block of a page in one shell; throws when a command of it fails. */
  follow(block: string): Promise<string>
  leave(): Promise<void>
}

const repositoryPassword = 'a password'
const exampleId = '423469e7'
const exampleTimes = /2026-05-04T03:00(:00Z)?/g

export const createAdministrator = async (server: MariaDB, password: string): Promise<Administrator> => {
  const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-docs-'))
  const at = (name: string) => join(dir, name)
  const installation = await createInstallation({
    dir,
    settings: {
      RESTIC_REPOSITORY: at('srv/backup/seatable'),
      RESTIC_PASSWORD_FILE: at('etc/restic-password'),
      SEATABLE_RESTIC_ENGINE: 'none',
      SEATABLE_RESTIC_DB_SOCKET: server.socket,
      SEATABLE_RESTIC_DB_PASSWORD_FILE: at('db-password'),
      SEATABLE_RESTIC_EXTRA_PATHS: at('opt/seatable-compose'),
    },
  })
  await installation.set({ RESTIC_PASSWORD: null })
  await createTree(installation.dataDir, { files: 20 })
  await mkdir(at('opt/seatable-compose'), { recursive: true })
  await writeFile(at('opt/seatable-compose/.env'), 'MARIADB_PASSWORD=secret\n', { mode: 0o600 })
  await mkdir(at('srv/backup'), { recursive: true })
  await mkdir(at('etc'))
  await writeFile(at('etc/restic-password'), `${repositoryPassword}\n`, { mode: 0o600 })
  await writeFile(at('db-password'), `${password}\n`, { mode: 0o600 })
  await writeFile(at('.my.cnf'), `[client]\nuser=root\nsocket=${server.socket}\npassword=${password}\n`, {
    mode: 0o600,
  })
  await makePrograms(at('bin'))

  const environment = {
    PATH: `${at('bin')}:${systemPath.PATH}`,
    HOME: dir,
    TZ: 'UTC',
    TMPDIR: dir,
    RESTIC_CACHE_DIR: at('cache'),
    SEATABLE_RESTIC_ENV: installation.envFile,
  }
  const replaceExamples = async (block: string): Promise<string> => {
    const id = block.includes(exampleId) ? await lastId(installation) : exampleId
    return block
      .replaceAll(exampleId, id)
      .replaceAll(exampleTimes, new Date().toISOString())
      .replaceAll('/etc/seatable-restic', at('etc'))
      .replaceAll('/srv/', `${at('srv')}/`)
      .replaceAll('/var/lib/seatable-restic', installation.stateDir)
      .replaceAll('/opt/seatable-server/seatable', installation.dataDir)
  }
  return {
    installation,
    createRepository: () =>
      createQuickRepository({
        ...environment,
        RESTIC_REPOSITORY: at('srv/backup/seatable'),
        RESTIC_PASSWORD: repositoryPassword,
      }),
    follow: async (block) => {
      const script = await replaceExamples(withoutUnrunnable(block))
      const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: dir,
        env: environment,
        extendEnv: false,
        stdin: 'ignore',
      })
      return stdout
    },
    leave: () => rm(dir, { recursive: true, force: true }),
  }
}

/** A line that cannot be run here says what it needs. */
export const withoutUnrunnable = (block: string): string => block.replaceAll(/^.*# needs .*$/gm, '')

const lastId = async (installation: TestInstallation): Promise<string> => {
  const snapshots = await installation.json<{ shortId: string }[]>('snapshots')
  return snapshots.at(-1)?.shortId ?? ''
}

/**
 * `seatable-restic` answers its own questions, since there is no terminal, and drops what an earlier example has left;
 * and there is no container engine, so that no container of this machine is taken for SeaTable's.
 */
const makePrograms = async (bin: string): Promise<void> => {
  const programs = {
    'seatable-restic': `case "$*" in
  *--dry-run*|*--target*) ;;
  restore*--extra*) set -- "$@" --yes ;;
  restore*) set -- "$@" --yes --drop-previous ;;
  rollback*|drop-previous*) set -- "$@" --yes ;;
esac
exec ${program} "$@"`,
    docker: 'exit 1',
    podman: 'exit 1',
  }
  await mkdir(bin)
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  await symlink(process.execPath, join(bin, 'node'))
}
