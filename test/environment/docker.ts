import { spawn } from 'node:child_process'
import { access, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { cacheDir } from './cache.ts'
import { exclusively } from './exclusively.ts'
import { systemPath } from './system-path.ts'

const startLimitMs = 60_000

/** Whether a Docker daemon answers; one is started when none does and we may. */
export const dockerAvailable = async (): Promise<boolean> => {
  if (await answers('docker')) return true
  if (process.getuid?.() !== 0 || !(await succeeds('dockerd', ['--version']))) return false
  return exclusively('dockerd', async () => (await answers('docker')) || (await startDaemon()))
}

/** Podman has no daemon: it answers when it is installed and this user may use it. */
export const podmanAvailable = (): Promise<boolean> => answers('podman')

const answers = (engine: 'docker' | 'podman'): Promise<boolean> => succeeds(engine, ['ps', '--quiet'])

const succeeds = async (file: string, args: string[]): Promise<boolean> =>
  !(await execa(file, args, { reject: false, timeout: 30_000, stdin: 'ignore', env: systemPath })).failed

const startDaemon = async (): Promise<boolean> => {
  if (await isDirectory('/run/systemd/system')) await succeeds('systemctl', ['start', 'docker'])
  else await spawnDaemon()
  const giveUp = Date.now() + startLimitMs
  while (!(await answers('docker'))) {
    if (Date.now() > giveUp) return false
    await sleep(250)
  }
  return true
}

const spawnDaemon = async (): Promise<void> => {
  await mkdir(cacheDir, { recursive: true })
  const log = await open(join(cacheDir, 'dockerd.log'), 'a')
  // The tests' containers have no network, and not every machine lets a daemon make one.
  const options = ['--bridge=none', '--iptables=false', '--ip6tables=false']
  spawn('dockerd', options, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    // It outlives these tests, and so what is temporary for them.
    env: { ...process.env, ...systemPath, TMPDIR: '/tmp' },
  }).unref()
  await log.close()
}

const isDirectory = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
