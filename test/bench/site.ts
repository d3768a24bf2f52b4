import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { type DatabaseContainer, startDatabaseContainer, uniqueName } from '../environment/container.ts'
import { dockerAvailable } from '../environment/docker.ts'
import { createInstallation } from '../environment/installation.ts'
import { resticOfVersion } from '../environment/restic.ts'
import { useOfContainer } from './container-use.ts'
import { createFixture, type Fixture } from './fixture.ts'
import { type MeasuredRun, measuredRun } from './measured-run.ts'
import type { Options } from './options.ts'
import { type Ours, oursOf } from './ours.ts'
import { missingPeers } from './peers.ts'
import { openRepository, type Repository } from './repository.ts'

/** Where everything is measured: one temporary folder and one database container, both gone at the end. */
export interface Site {
  readonly dir: string
  readonly options: Options
  readonly signal: AbortSignal
  readonly database: DatabaseContainer
  /** The first process of the container, by its number here. */
  readonly databasePid: number
  readonly databasePassword: string
  readonly fixture: Fixture
  readonly restic: string
  /** Peers that are not installed. */
  readonly missing: readonly string[]
  /** Where it is, in a line on stderr. */
  tell(text: string): void
  /** Runs a program with the environment of everything that is measured. */
  run(command: readonly string[]): Promise<MeasuredRun>
  /** A SeaTable and its own repository, in a folder below `dir`, with the database of the container. */
  install(name: string, settings?: Readonly<Record<string, string>>): Promise<Ours>
  /** A restic repository of a peer, in a folder below `dir`. */
  repository(name: string): Promise<Repository>
  /** A new folder below `dir`. */
  folder(name: string): Promise<string>
  /** Removes what a measure has left. */
  sweep(): Promise<void>
  close(): Promise<void>
}

const databasePassword = 'secret'

export const openSite = async (options: Options, signal: AbortSignal, tell: Site['tell']): Promise<Site> => {
  if (process.getuid?.() !== 0) throw new Error('only root can read through the fast route, and take it away')
  if (!(await dockerAvailable())) throw new Error('no Docker daemon answers; its container is what is measured')
  const restic = await findRestic(options)
  const missing = await missingPeers()
  for (const name of missing) tell(`${name} is not installed: it is not measured`)
  const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-bench-'))
  const name = uniqueName('bench')
  const removeContainer = () =>
    execa('docker', ['rm', '--force', '--volumes', name], { reject: false, stdin: 'ignore' })
  // Whatever waits for the database ends with it.
  signal.addEventListener('abort', removeContainer, { once: true })
  const close = async () => {
    await removeContainer()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    tell(`starting the container ${name}`)
    const database = await startDatabaseContainer({ name, rootPassword: databasePassword })
    signal.throwIfAborted()
    const { pid, ...container } = await useOfContainer(name)
    const env = { PATH: `${dirname(restic)}:${process.env.PATH ?? ''}`, HOME: dir, TZ: 'UTC' }
    const runOptions = { env, signal, container }
    const run = (command: readonly string[]) => measuredRun(command, runOptions)
    const folder = async (folderName: string) => {
      const path = join(dir, folderName)
      await mkdir(path, { recursive: true })
      return path
    }
    return {
      ...{ dir, options, signal, database, databasePassword, restic, missing, tell, run, folder, close },
      databasePid: pid,
      fixture: createFixture(database, options, signal, tell),
      install: async (place, settings = {}) => {
        const installation = await createInstallation({
          dir: join(dir, place),
          resticPath: restic,
          settings: {
            SEATABLE_RESTIC_ENGINE: 'docker',
            SEATABLE_RESTIC_DB_CONTAINER: name,
            SEATABLE_RESTIC_SERVER_CONTAINER: 'none',
            SEATABLE_RESTIC_HOST: 'bench',
            ...settings,
          },
        })
        for (const path of ['seafile-data', 'seahub-data', 'storage-data'])
          await mkdir(join(installation.dataDir, path))
        return oursOf(installation, runOptions)
      },
      repository: async (place) => openRepository(restic, await folder(place), runOptions),
      sweep: async () => {
        await rm(dir, { recursive: true, force: true })
        await mkdir(dir, { mode: 0o700 })
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The tests' own 0.18, else the one that is installed. */
const findRestic = async ({ restic }: Options): Promise<string> => {
  const found = restic ?? (await resticOfVersion('0.18.'))
  if (found !== undefined) return found
  const { stdout } = await execa('sh', ['-c', 'command -v restic'], { stdin: 'ignore' })
  return stdout
}
