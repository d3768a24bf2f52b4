import { chmod, mkdir, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { resticReading } from '../../src/staging/readers.ts'
import { until } from '../fixture/until.ts'
import { endOf, type ProgramEnd, program, repositoryPassword } from './installation.ts'
import { type OnThisHost, startOnThisHost } from './on-this-host.ts'
import { systemPath } from './system-path.ts'

/** Where SeaTable's data directory is, in each of its two layouts. */
export const layouts = {
  'seatable-server': '/opt/seatable-server/seatable',
  'seatable-data': '/opt/seatable/seatable-data/seatable',
} as const

/** A SeaTable whose administrator runs restic with a wrapper, by an example of `hooks/`. */
export interface WrapperSite extends OnThisHost {
  readonly staging: string
  readonly landing: string
  /** For the wrapper: nothing of our settings, and first on the PATH `seatable-restic` as installed. */
  readonly environment: Readonly<Record<string, string>>
  /** The text of an example with the paths of this site, and nothing else changed. */
  example(name: string): Promise<string>
  /** The same, as a file of this site. */
  install(name: string, mode?: number): Promise<string>
  run(file: string, args: readonly string[], options?: { readonly input?: string }): Promise<ProgramEnd>
  start(file: string, args: readonly string[]): ReturnType<typeof startWrapper>
  snapshots(): Promise<ListedSnapshot[]>
  /** What restic itself says of a snapshot. */
  rawSnapshots(): Promise<RawSnapshot[]>
  /** Does `work` while the password file of the wrapper holds another password. */
  breakPassword(work: () => Promise<void>): Promise<void>
  /**
   * Starts what runs restic on the staging area, and does `work` while that restic waits for the password of
   * `passwordFile`. Then it gets the password, and all is awaited.
   */
  whileResticWaits<Running extends PromiseLike<unknown>>(
    start: () => Running,
    work: (running: Running) => Promise<void>,
  ): Promise<Awaited<Running>>
  readonly passwordFile: string
  /** Bytes on the disk of the repository. */
  repositoryBytes(): Promise<number>
}

export interface ListedSnapshot {
  readonly id: string
  readonly tags: readonly string[]
  readonly databases: readonly unknown[]
  readonly problem?: string
}

export interface RawSnapshot {
  readonly id: string
  readonly parent?: string
  readonly hostname: string
  readonly tags?: readonly string[]
  readonly paths: readonly string[]
}

export const startWrapperSite = async (layout: keyof typeof layouts): Promise<WrapperSite> => {
  const here = await startOnThisHost()
  const { folder, installation } = here
  const at = (name: string) => join(folder, name)
  const staging = join(installation.stateDir, 'staging')
  await mkdir(at('etc'))
  const passwordFile = at('etc/restic-password')
  const writePassword = (password: string) => writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  await writePassword(repositoryPassword)
  await makeProgram(at('bin'), installation.envFile)
  const environment = { PATH: `${at('bin')}:${systemPath.PATH}`, HOME: folder, TZ: 'UTC', TMPDIR: folder }
  const example = async (name: string) => {
    const written = await readFile(join('hooks', name), 'utf8')
    // What the pages say for the other layout.
    const laidOut = written.replaceAll(layouts['seatable-server'], layouts[layout])
    return laidOut
      .replaceAll(layouts[layout], installation.dataDir)
      .replaceAll('/srv/backup/seatable', join(installation.dir, 'repository'))
      .replaceAll('/etc/seatable-restic/restic-password', passwordFile)
      .replaceAll('/var/lib/seatable-restic', installation.stateDir)
      .replaceAll('/run/lock/', `${folder}/`)
      .replaceAll('PATH=/usr/local/sbin:', `PATH=${at('bin')}:/usr/local/sbin:`)
  }
  return {
    ...here,
    staging,
    landing: join(installation.stateDir, 'landing'),
    environment,
    example,
    install: async (name, mode = 0o600) => {
      const path = at(join('examples', name))
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, await example(name))
      await chmod(path, mode)
      return path
    },
    run: async (file, args, options = {}) => endOf(await startWrapper(file, args, environment, options.input)),
    start: (file, args) => startWrapper(file, args, environment),
    snapshots: () => installation.json<ListedSnapshot[]>('snapshots'),
    rawSnapshots: async () => JSON.parse((await installation.restic('snapshots', '--json')).stdout),
    breakPassword: async (work) => {
      await writePassword('another')
      await work().finally(() => writePassword(repositoryPassword))
    },
    passwordFile,
    whileResticWaits: async <Running extends PromiseLike<unknown>>(
      start: () => Running,
      work: (running: Running) => Promise<void>,
    ): Promise<Awaited<Running>> => {
      await rm(passwordFile)
      await execa('mkfifo', ['-m', '600', passwordFile])
      const running = start()
      try {
        await until('restic is at work', async () => (await resticReading(staging)).length > 0)
        await work(running)
      } finally {
        // It does not wait for a reader, which may be gone.
        const fifo = await open(passwordFile, 'r+')
        await fifo.write(`${repositoryPassword}\n`)
        await fifo.close()
      }
      const ended = await running
      await rm(passwordFile)
      await writePassword(repositoryPassword)
      return ended
    },
    repositoryBytes: async () => {
      const { stdout } = await execa('du', ['-sb', join(installation.dir, 'repository')])
      return Number(stdout.split('\t')[0])
    },
  }
}

const startWrapper = (file: string, args: readonly string[], env: Readonly<Record<string, string>>, input = '') =>
  execa(file, args, { env, extendEnv: false, reject: false, forceKillAfterDelay: false, input })

/** `seatable-restic` as on a host whose env file is at its usual place. */
const makeProgram = async (bin: string, envFile: string): Promise<void> => {
  await mkdir(bin)
  const script = `#!/bin/sh\nSEATABLE_RESTIC_ENV='${envFile}' exec '${program}' "$@"\n`
  await writeFile(join(bin, 'seatable-restic'), script)
  await chmod(join(bin, 'seatable-restic'), 0o755)
  await symlink(process.execPath, join(bin, 'node'))
}

/** Nothing but a directory: no dump of which one could think that it is of now. */
export const isSwept = async (site: WrapperSite): Promise<boolean> => (await readdir(site.staging)).length === 0

/** Holds a lock on which a dump waits, while `work` goes on. */
export const whileDumpWaits = async ({ server }: WrapperSite, work: (begun: () => Promise<void>) => Promise<void>) => {
  const held = server.sql('LOCK TABLES ccnet_db.EmailUser WRITE; SELECT SLEEP(600)').catch(() => {})
  const sessions = (condition: string) => server.sql(`SELECT id FROM information_schema.processlist WHERE ${condition}`)
  const sleeping = () => sessions("info LIKE 'SELECT SLEEP(600)%'")
  const waiting = () => sessions("state LIKE 'Waiting for table metadata lock'")
  try {
    await until('the table is locked', async () => (await sleeping()).length > 0)
    await work(() => until('a dump waits', async () => (await waiting()).length > 0))
  } finally {
    for (const [id] of await sleeping()) await server.sql(`KILL ${id}`)
    await held
  }
}
