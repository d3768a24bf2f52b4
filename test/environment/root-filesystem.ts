import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { cacheDir } from './cache.ts'
import { exclusively } from './exclusively.ts'
import { systemPath } from './system-path.ts'

/** Whether root filesystems can be made here: only root may. */
export const canMakeRootFilesystems = async (): Promise<boolean> =>
  process.getuid?.() === 0 && !(await execa('debootstrap', ['--version'], { reject: false, env: systemPath })).failed

export interface SystemRecipe {
  /** What it is for: its name begins with that. */
  readonly flavour: string
  /** Of Debian; this machine's own when absent. */
  readonly suite?: string
  readonly packages: readonly string[]
}

/** A tar file of a minimal system with these packages, made once and kept for every container engine. */
export const ensureRootFilesystem = async ({ flavour, suite, packages }: SystemRecipe): Promise<string> => {
  const system = suite === undefined ? await ownSystem() : { suite, options: [] }
  const name = `${flavour}-${system.suite}`
  const archive = join(cacheDir, `${name}.tar`)
  const options = ['--variant=minbase', `--include=${packages.join(',')}`, ...system.options, system.suite]
  return exclusively(name, async () => {
    if ((await execa('test', ['-s', archive], { reject: false })).failed) await make(archive, options)
    return archive
  })
}

const make = async (archive: string, debootstrap: readonly string[]): Promise<void> => {
  await mkdir(cacheDir, { recursive: true })
  // Twice as fast in memory, which `npm test` gives; what else a machine calls temporary may forbid devices.
  const tree = join(process.env.TMPDIR ?? cacheDir, `${basename(archive)}.tree`)
  await rm(tree, { recursive: true, force: true })
  await execa('debootstrap', [...debootstrap, tree], { stdin: 'ignore', env: systemPath })
  // The packages initialised a data directory; a container makes its own.
  const unneeded = ['var/lib/mysql', 'var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale']
  for (const path of unneeded) await rm(join(tree, path), { recursive: true, force: true })
  await execa('install', ['-d', '-m', '755', join(tree, 'var/lib/mysql')])
  await execa('tar', ['--numeric-owner', '--one-file-system', '-C', tree, '-cf', `${archive}.partial`, '.'])
  await rename(`${archive}.partial`, archive)
  await rm(tree, { recursive: true, force: true })
}

const ownSystem = async (): Promise<{ suite: string; options: readonly string[] }> => {
  const { ID, VERSION_CODENAME = '' } = await osRelease()
  return { suite: VERSION_CODENAME, options: ID === 'ubuntu' ? ['--components=main,universe'] : [] }
}

const osRelease = async (): Promise<Record<string, string>> => {
  const lines = (await readFile('/etc/os-release', 'utf8')).split('\n')
  return Object.fromEntries(
    lines.map((line) => line.split('=')).map(([key, value]) => [key, (value ?? '').replaceAll('"', '')]),
  )
}
