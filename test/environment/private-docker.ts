import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { recipeOf } from './database-servers.ts'
import { ensureRootFilesystem } from './root-filesystem.ts'
import { systemPath } from './system-path.ts'

/** A Docker daemon of one’s own: in it containers can have the names of real ones, and are seen by nobody else. */
export interface PrivateDocker {
  /** What the programs of a test are told: `DOCKER_HOST`. */
  readonly environment: { readonly DOCKER_HOST: string }
  docker(...args: string[]): Promise<string>
  /** Makes these images, all of them the same minimal system with MariaDB. */
  addImages(names: readonly string[]): Promise<void>
  /** Makes these images, with nothing in them: for containers that are never started. */
  addEmptyImages(names: readonly string[]): Promise<void>
  removeContainers(): Promise<void>
  /** Ends it with all its containers. */
  end(): Promise<void>
}

const startLimitMs = 60_000

/** Everything of it lies in `folder`, which must be short: a socket’s path is limited to 107 bytes. */
export const startPrivateDocker = async (folder: string): Promise<PrivateDocker> => {
  await mkdir(folder, { recursive: true })
  const socket = `unix://${join(folder, 'docker.sock')}`
  const logPath = join(folder, 'log')
  const log = await open(logPath, 'a')
  const daemon = spawn('setpriv', ['--pdeathsig', 'TERM', '--', 'dockerd', ...options(folder, socket)], {
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, ...systemPath },
  })
  const ended = once(daemon, 'exit')
  await log.close()
  const call = (...args: string[]) => execa('docker', args, { env: { DOCKER_HOST: socket }, stdin: 'ignore' })
  const giveUp = Date.now() + startLimitMs
  while ((await execa('docker', ['ps'], { env: { DOCKER_HOST: socket }, reject: false })).failed) {
    if (daemon.exitCode !== null || Date.now() > giveUp) {
      throw new Error(`dockerd did not start:\n${(await readFile(logPath, 'utf8')).slice(-2000)}`)
    }
    await sleep(100)
  }
  const docker = async (...args: string[]) => (await call(...args)).stdout
  const addImages = async (archive: string, [first = '', ...others]: readonly string[]) => {
    await docker('import', '--change', 'CMD ["/bin/sh"]', archive, first)
    for (const name of others) await docker('tag', first, name)
  }
  const removeContainers = async () => {
    const ids = (await docker('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '')
    if (ids.length > 0) await docker('rm', '--force', '--volumes', ...ids)
  }
  return {
    environment: { DOCKER_HOST: socket },
    docker,
    addImages: async (names) => addImages(await ensureRootFilesystem(recipeOf('mariadb')), names),
    addEmptyImages: async (names) => {
      const archive = join(folder, 'empty.tar')
      await execa('tar', ['--create', '--file', archive, '--files-from', '/dev/null'])
      await addImages(archive, names)
    },
    removeContainers,
    end: async () => {
      await removeContainers()
      daemon.kill('SIGTERM')
      await ended
    },
  }
}

/** Neither its containers nor those of its containerd meet those of the machine’s own daemon; it makes no network. */
const options = (folder: string, socket: string): string[] => [
  ...['--host', socket, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
  ...['--pidfile', join(folder, 'pid'), '--bridge=none', '--iptables=false', '--ip6tables=false'],
  ...['--containerd-namespace', basename(folder), '--containerd-plugins-namespace', `${basename(folder)}-plugins`],
]
