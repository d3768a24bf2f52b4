import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, afterEach, vi } from 'vitest'
import { openRestic, type Restic } from '../../src/restic/open.ts'
import { createQuickRepository } from './quick-repository.ts'

/** A repository with a place for its sources and targets, for one version of restic. */
export interface Place {
  readonly dir: string
  readonly environment: Readonly<Record<string, string>>
  readonly open: () => Promise<Restic>
  /** restic itself, for what a test needs to be there. Returns stdout. */
  readonly restic: (...args: string[]) => Promise<string>
  /** Writes files below the place and returns their common directory. */
  readonly files: (folder: string, contents: Readonly<Record<string, string | Buffer>>) => Promise<string>
}

// restic waits a fifth of a second after each lock that it takes.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const places: string[] = []

afterEach(async () => {
  for (const dir of places.splice(0)) await rm(dir, { recursive: true, force: true })
})

/** The environment in which `binary` is the restic of the PATH, and the repository is the one in `dir`. */
export const environmentOf = (binary: string, dir: string): Record<string, string> => ({
  PATH: `${dirname(binary)}:${process.env.PATH}`,
  HOME: dir,
  RESTIC_REPOSITORY: join(dir, 'repository'),
  RESTIC_PASSWORD: 'correct horse',
  RESTIC_CACHE_DIR: join(dir, 'cache'),
})

/** A folder that goes with the test, its repository not made yet. */
export const emptyPlace = async (binary: string): Promise<Place> => {
  if (basename(binary) !== 'restic') throw new Error(`${binary} cannot be found on a PATH as restic`)
  const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-test-'))
  places.push(dir)
  // Some tests run restic as another user.
  await chmod(dir, 0o755)
  const environment = environmentOf(binary, dir)
  return {
    dir,
    environment,
    open: () => openRestic(environment),
    restic: async (...args) => (await execa('restic', args, { env: environment, extendEnv: false })).stdout,
    files: async (folder, contents) => {
      const base = join(dir, folder)
      await mkdir(base, { recursive: true })
      for (const [name, content] of Object.entries(contents)) {
        await mkdir(dirname(join(base, name)), { recursive: true })
        await writeFile(join(base, name), content)
      }
      return base
    },
  }
}

const templates = new Map<string, Promise<Place>>()

afterAll(async () => {
  for (const template of templates.values()) await rm((await template).dir, { recursive: true, force: true })
})

/** A place with an empty repository. restic takes a second to make one, so it is made once and copied. */
export const place = async (binary: string): Promise<Place> => {
  const template = templates.get(binary) ?? makeTemplate(binary)
  templates.set(binary, template)
  const made = await emptyPlace(binary)
  await cp((await template).dir, made.dir, { recursive: true })
  return made
}

const makeTemplate = async (binary: string): Promise<Place> => {
  const template = await emptyPlace(binary)
  // It outlives the test that made it.
  places.splice(places.indexOf(template.dir), 1)
  await createQuickRepository(template.environment)
  return template
}

/** Bytes that neither compress nor repeat. */
export const noise = (bytes: number): Buffer => randomBytes(bytes)

/** Waits for what another process does; fails after 30 seconds. */
export const until = async (what: string, isSo: () => Promise<boolean> | boolean): Promise<void> => {
  const end = Date.now() + 30_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited 30 s in vain until ${what}`)
    await pause(2)
  }
}

/** The locks of the repository; one that is still being written is none yet. */
export const locksOf = async ({ dir }: Place): Promise<string[]> =>
  (await readdir(join(dir, 'repository', 'locks'))).filter((name) => !name.includes('-tmp-'))

/** Runs `work` while another restic holds an exclusive lock. That restic is stopped in the middle, so it holds it for sure. */
export const whileLockedExclusively = async (here: Place, work: (pid: number) => Promise<void>): Promise<void> => {
  const holder = spawn('restic', ['check', '--read-data'], { env: here.environment, stdio: 'ignore' })
  const exited = once(holder, 'exit')
  try {
    await until('restic check holds its lock', async () => (await locksOf(here)).length > 0)
    holder.kill('SIGSTOP')
    await work(holder.pid as number)
  } finally {
    holder.kill('SIGKILL')
    await exited
  }
}

/** What a promise was rejected with; fails when it was not. */
export const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  const settled = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in settled) return settled.error
  throw new Error(`Expected a failure, but got ${JSON.stringify(settled.value)}`)
}

/** The place with a restic of its own on the PATH: a script of one command, in which `$restic` is the real one. */
const withScript = async (here: Place, folder: string, script: string): Promise<Place> => {
  const { stdout: binary } = await execa('sh', ['-c', 'command -v restic'], { env: here.environment, extendEnv: false })
  const path = join(here.dir, folder, 'restic')
  await mkdir(dirname(path))
  await writeFile(path, `#!/bin/sh\nrestic='${binary}'\n${script}\n`)
  await chmod(path, 0o755)
  const environment = { ...here.environment, PATH: `${dirname(path)}:${here.environment.PATH}` }
  return { ...here, environment, open: () => openRestic(environment) }
}

/** The place as a user without rights sees it: restic runs as nobody when the tests run as root. */
export const asNobody = async (here: Place): Promise<Place> => {
  if (process.getuid?.() !== 0) return here
  for (const name of ['repository', 'cache']) {
    await mkdir(join(here.dir, name), { recursive: true })
    await execa('chown', ['-R', '65534:65534', join(here.dir, name)])
  }
  return withScript(here, 'nobody', 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$restic" "$@"')
}

/** The place with a way to kill the restic that was started last. */
export const killable = async (here: Place): Promise<{ place: Place; started: () => boolean; kill: () => void }> => {
  const file = join(here.dir, 'pid')
  const pid = () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0)
  return {
    place: await withScript(here, 'killable', `echo $$ > '${file}'\nexec "$restic" "$@"`),
    started: () => pid() > 0,
    kill: () => process.kill(pid(), 'SIGKILL'),
  }
}
