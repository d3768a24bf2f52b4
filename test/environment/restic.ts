import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheDir } from './cache.ts'
import { exclusively } from './exclusively.ts'

// restic 0.18 and the 0.19 that changed exit codes; an older one is this machine's own.
const laterSuites = ['trixie', 'sid']
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

let found: Promise<Map<string, string>> | undefined

/** Every restic the tests can run, by version: the installed one, and those of Debian's later releases, fetched once. */
export const resticBinaries = (): Promise<Map<string, string>> => {
  found ??= exclusively('restic', findBinaries)
  return found
}

/** The path of the restic whose version begins with `prefix` (e.g. `0.18.`), if there is one. */
export const resticOfVersion = async (prefix: string): Promise<string | undefined> =>
  [...(await resticBinaries())].find(([version]) => version.startsWith(prefix))?.[1]

const findBinaries = async (): Promise<Map<string, string>> => {
  const binaries = new Map<string, string>()
  for (const suite of laterSuites) {
    const path = (await cached(suite)) ?? (await fetchFrom(suite).catch((error) => noteFailure(suite, error)))
    if (path) binaries.set(await versionOf(path), path)
  }
  const { stdout: installed, failed } = await execa('sh', ['-c', 'command -v restic'], { reject: false })
  if (!failed) binaries.set(await versionOf(installed), installed)
  return binaries
}

const versionOf = async (restic: string): Promise<string> =>
  (await execa(restic, ['version'])).stdout.split(' ')[1] ?? 'unknown'

const cached = async (suite: string): Promise<string | undefined> => {
  const path = await readFile(noteOf(suite), 'utf8').catch(() => undefined)
  return path && !(await execa(path, ['version'], { reject: false })).failed ? path : undefined
}

/** Without a network the tests that need this restic are skipped; why is written down. */
const noteFailure = async (suite: string, error: unknown): Promise<undefined> => {
  await mkdir(join(cacheDir, 'restic'), { recursive: true })
  await writeFile(join(cacheDir, 'restic', `${suite}.error`), String(error))
}

const noteOf = (suite: string) => join(cacheDir, 'restic', `${suite}.path`)

/** Takes one package from another release of this machine's mirror, with an apt that shares nothing with the system's. */
const fetchFrom = async (suite: string): Promise<string | undefined> => {
  const mirror = await debianMirror()
  if (!mirror) return undefined
  const home = join(cacheDir, 'apt', suite)
  const sources = join(home, 'sources.list')
  for (const dir of ['state/lists/partial', 'cache/archives/partial', 'download']) {
    await mkdir(join(home, dir), { recursive: true })
  }
  await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`)
  await writeFile(join(home, 'status'), '')
  const apt = (...args: string[]) =>
    execa('apt-get', [...privateOptions(home, sources), ...args], { cwd: join(home, 'download') })
  await apt('update')
  await apt('download', 'restic')
  const path = await extract(home)
  await writeFile(noteOf(suite), path)
  await rm(home, { recursive: true, force: true })
  return path
}

const extract = async (home: string): Promise<string> => {
  const partial = join(home, 'extracted')
  await execa('sh', ['-c', `dpkg-deb -x "$1"/download/restic_*.deb "$2"`, 'extract', home, partial])
  const version = await versionOf(join(partial, 'usr/bin/restic'))
  const folder = join(cacheDir, 'restic', version)
  await mkdir(folder, { recursive: true })
  await execa('mv', ['-f', join(partial, 'usr/bin/restic'), folder])
  return join(folder, 'restic')
}

const privateOptions = (home: string, sources: string): string[] =>
  [
    `Dir::State=${home}/state`,
    `Dir::State::status=${home}/status`,
    `Dir::Cache=${home}/cache`,
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=-',
    'Dir::Etc::preferences=-',
    'Dir::Etc::preferencesparts=-',
    'APT::Default-Release=',
    // Otherwise apt drops its rights and cannot write below a private folder.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option])

/** The mirror this machine gets its own Debian release from; none on other distributions. */
const debianMirror = async (): Promise<string | undefined> => {
  const release = await readFile('/etc/os-release', 'utf8')
  if (!/^ID=debian$/m.test(release)) return undefined
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1]
  const format = '$(CODENAME) $(REPO_URI)'
  const { stdout } = await execa('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  return stdout
    .split('\n')
    .map((line) => line.split(' '))
    .find(([name]) => name === codename)?.[1]
}
