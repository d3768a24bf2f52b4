import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheDir } from './cache.ts'
import { exclusively } from './exclusively.ts'
import { systemPath } from './system-path.ts'

export type ContainerEngine = 'docker' | 'podman'

const image = 'localhost/seatable-restic-test/mariadb'

/** The image of the tests: this machine's own Debian or Ubuntu with MariaDB, made here once; no registry is asked. */
export const ensureImage = async (engine: ContainerEngine): Promise<string> => {
  if (await exists(engine)) return image
  return exclusively('image', async () => {
    if (!(await exists(engine))) await importImage(engine, await makeRootFilesystem())
    return image
  })
}

/** Whether the image is there or can be made: only root may make a root filesystem. */
export const imageAvailable = async (engine: ContainerEngine): Promise<boolean> =>
  (await exists(engine)) ||
  (process.getuid?.() === 0 && !(await execa('debootstrap', ['--version'], { reject: false, env: systemPath })).failed)

const exists = async (engine: ContainerEngine): Promise<boolean> =>
  !(await execa(engine, ['image', 'inspect', image], { reject: false, stdin: 'ignore' })).failed

const importImage = async (engine: ContainerEngine, archive: string): Promise<void> => {
  // As the official images: the data directory is a volume.
  const changes = ['--change', 'VOLUME /var/lib/mysql', '--change', 'CMD ["/bin/sh"]']
  await execa(engine, ['import', ...changes, archive, `${image}:latest`], { stdin: 'ignore' })
}

/** A tar file of a minimal system with MariaDB, kept for the next engine. */
export const ensureRootFilesystem = (): Promise<string> => exclusively('image', makeRootFilesystem)

const makeRootFilesystem = async (): Promise<string> => {
  const { ID, VERSION_CODENAME } = await osRelease()
  const archive = join(cacheDir, `mariadb-${VERSION_CODENAME}.tar`)
  if (!(await execa('test', ['-s', archive], { reject: false })).failed) return archive
  await mkdir(cacheDir, { recursive: true })
  const tree = join(cacheDir, 'rootfs.partial')
  await rm(tree, { recursive: true, force: true })
  const components = ID === 'ubuntu' ? ['--components=main,universe'] : []
  const debootstrap = ['--variant=minbase', '--include=mariadb-server', ...components, VERSION_CODENAME ?? '', tree]
  await execa('debootstrap', debootstrap, { stdin: 'ignore', env: systemPath })
  // The packages initialised a data directory; a container makes its own.
  const unneeded = ['var/lib/mysql', 'var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale']
  for (const path of unneeded) await rm(join(tree, path), { recursive: true, force: true })
  await execa('install', ['-d', '-m', '755', join(tree, 'var/lib/mysql')])
  await execa('tar', ['--numeric-owner', '--one-file-system', '-C', tree, '-cf', `${archive}.partial`, '.'])
  await rename(`${archive}.partial`, archive)
  await rm(tree, { recursive: true, force: true })
  return archive
}

const osRelease = async (): Promise<Record<string, string>> => {
  const lines = (await readFile('/etc/os-release', 'utf8')).split('\n')
  return Object.fromEntries(
    lines.map((line) => line.split('=')).map(([key, value]) => [key, (value ?? '').replaceAll('"', '')]),
  )
}
