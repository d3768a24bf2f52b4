import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheDir } from './cache.ts'
import { exclusively } from './exclusively.ts'
import { systemPath } from './system-path.ts'

/** Whether root filesystems can be made here: only root may. */
export const canMakeRootFilesystems = async (): Promise<boolean> =>
  process.getuid?.() === 0 && !(await execa('mmdebstrap', ['--version'], { reject: false, env: systemPath })).failed

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
  const options = [`--include=${packages.join(',')}`, ...system.options]
  return exclusively(name, async () => {
    if ((await execa('test', ['-s', archive], { reject: false })).failed) await make(archive, system.suite, options)
    return archive
  })
}

/** The packages initialised a data directory; a container makes its own. */
const emptied = 'rm -rf "$1/var/lib/mysql" && install -d -m 755 "$1/var/lib/mysql"'

/** Half the processor time that debootstrap needs. */
const make = async (archive: string, suite: string, options: readonly string[]): Promise<void> => {
  await mkdir(cacheDir, { recursive: true })
  const partial = `${archive}.partial`
  const unneeded = ['/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/man/*']
  await execa(
    'mmdebstrap',
    [
      ...['--mode=root', '--variant=minbase', '--format=tar', '--quiet', `--customize-hook=${emptied}`],
      ...unneeded.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...[...options, suite, partial],
    ],
    { stdin: 'ignore', env: systemPath },
  )
  await rename(partial, archive)
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
