import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { execa } from 'execa'
import { createQuickRepository } from './quick-repository.ts'

/** A SeaTable whose backups are made by the built program, in a folder of its own. */
export interface TestInstallation {
  readonly dir: string
  readonly dataDir: string
  readonly stateDir: string
  readonly envFile: string
  /** Runs the built program. Standard input is empty, and no setting comes from this process. */
  run(...args: string[]): Promise<ProgramEnd>
  /** Starts it and returns at once; for what happens meanwhile. */
  start(...args: string[]): ReturnType<typeof startProgram>
  /** The same with more in the environment of the program, e.g. other programs first on its PATH. */
  within(environment: Readonly<Record<string, string>>): Pick<TestInstallation, 'run' | 'start'>
  /** The same with other settings, which it reads from an env file of its own. */
  having(settings: Readonly<Record<string, string>>): Pick<TestInstallation, 'run'>
  /** The same on another Node, which loads the files as they are installed. */
  on(node: string): Pick<TestInstallation, 'run'>
  /** Runs it and returns its JSON document; fails with what it said when it fails. */
  json<Document>(...args: string[]): Promise<Document>
  /** Adds settings to the env file, or takes them away (`null`). */
  set(settings: Readonly<Record<string, string | null>>): Promise<void>
  /** What `init` does, but with a key that costs nothing: for whatever is not about `init`. */
  createRepository(): Promise<void>
  /** restic itself, on the same repository. */
  restic(...args: string[]): Promise<ProgramEnd>
}

export interface ProgramEnd {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export const repositoryPassword = 'repository pass#word'

export interface InstallationOptions {
  readonly settings: Readonly<Record<string, string>>
  /** The restic that is found first. */
  readonly resticPath?: string | undefined
  /** Where everything lies; a new temporary folder otherwise. */
  readonly dir?: string
}

const built = resolve('dist/main.js')
/** What the tests run. The benchmark, which vitest does not start, measures what is installed. */
export const program = process.env.JOINED_PROGRAM ?? built

/** Settings in an env file, an empty repository, an empty data directory. */
export const createInstallation = async ({
  settings,
  resticPath,
  dir: given,
}: InstallationOptions): Promise<TestInstallation> => {
  const dir = given ?? (await mkdtemp(join(tmpdir(), 'seatable-restic-e2e-')))
  await mkdir(dir, { recursive: true })
  const dataDir = join(dir, 'shared', 'seatable')
  const stateDir = join(dir, 'state')
  const envFile = join(dir, 'restic.env')
  await mkdir(dataDir, { recursive: true })
  const path = [...(resticPath ? [dirname(resticPath)] : []), process.env.PATH].join(':')
  const environment = { PATH: path, HOME: dir, TZ: 'UTC' }
  const known: Record<string, string> = {
    RESTIC_REPOSITORY: join(dir, 'repository'),
    RESTIC_PASSWORD: repositoryPassword,
    RESTIC_CACHE_DIR: join(dir, 'cache'),
    SEATABLE_RESTIC_DATA_DIR: dataDir,
    SEATABLE_RESTIC_STATE_DIR: stateDir,
    // The containers of other tests, and of this machine, are none of this test's business.
    SEATABLE_RESTIC_SERVER_CONTAINER: 'none',
    // Neither is what this machine does by itself.
    SEATABLE_RESTIC_ACCEPT: 'schedule',
    // By which way the rows of all backups come, where a test does not say it.
    ...(process.env.TEST_ROWS ? { SEATABLE_RESTIC_ROWS: process.env.TEST_ROWS } : {}),
    ...settings,
  }
  const save = async (file = envFile, more: Readonly<Record<string, string>> = {}) => {
    const lines = Object.entries({ ...known, ...more }).map(([name, value]) => `${name}='${value}'\n`)
    await writeFile(file, lines.join(''))
    await chmod(file, 0o600)
  }
  await save()
  const resticEnvironment = () => {
    const { RESTIC_REPOSITORY = '', RESTIC_PASSWORD = '', RESTIC_CACHE_DIR = '' } = known
    return { ...environment, RESTIC_REPOSITORY, RESTIC_PASSWORD, RESTIC_CACHE_DIR }
  }
  const options = { env: environment, extendEnv: false, reject: false, stdin: 'ignore' } as const
  const run = async (...args: string[]): Promise<ProgramEnd> => endOf(await startProgram(envFile, args, environment))
  return {
    dir,
    dataDir,
    stateDir,
    envFile,
    run,
    start: (...args) => startProgram(envFile, args, environment),
    within: (more) => ({
      run: async (...args) => endOf(await startProgram(envFile, args, { ...environment, ...more })),
      start: (...args) => startProgram(envFile, args, { ...environment, ...more }),
    }),
    having: (settings) => ({
      run: async (...args) => {
        const other = `${envFile}.other`
        await save(other, settings)
        return endOf(await startProgram(other, args, environment))
      },
    }),
    on: (node) => ({ run: async (...args) => endOf(await startProgram(envFile, args, environment, node)) }),
    json: async <Document>(...args: string[]) => {
      const { exitCode, stdout, stderr } = await run(...args, '--json')
      if (exitCode !== 0) throw new Error(`seatable-restic ${args.join(' ')} ended with ${exitCode}:\n${stderr}`)
      return JSON.parse(stdout) as Document
    },
    set: async (changes) => {
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) delete known[name]
        else known[name] = value
      }
      await save()
    },
    createRepository: () => createQuickRepository(resticEnvironment()),
    restic: async (...args) => endOf(await execa('restic', args, { ...options, env: resticEnvironment() })),
  }
}

/** The command line of the built program. As installed: without `--` Node takes our `--env-file` for its own. */
export const commandLine = (envFile: string, args: readonly string[], file = program): [string, ...string[]] => [
  process.execPath,
  ...['--', file, ...args.slice(0, 1), '--env-file', envFile, ...args.slice(1)],
]

/** The built program with an env file and an environment of its own. */
export const startProgram = (
  envFile: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  node?: string,
) => {
  const [file, ...argv] = commandLine(envFile, args, node === undefined ? program : built)
  return execa(node ?? file, argv, {
    env,
    extendEnv: false,
    reject: false,
    // A test that sends SIGTERM wants to see what comes of it, however long that takes.
    forceKillAfterDelay: false,
    stdin: 'ignore',
    maxBuffer: 1024 * 1024 * 1024,
  })
}

export const endOf = (result: {
  exitCode?: number
  signal?: string
  stdout?: unknown
  stderr?: unknown
}): ProgramEnd => ({
  exitCode: result.exitCode ?? -1,
  stdout: String(result.stdout ?? ''),
  stderr: String(result.stderr ?? ''),
})

/** The last line of stderr that `--json` promises on a failure. */
export const errorOf = (stderr: string): { message: string; hint: string; exitCode: number } =>
  JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error
