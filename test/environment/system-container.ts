import { randomBytes } from 'node:crypto'
import { basename, dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { testLabel } from './container.ts'
import { exclusively } from './exclusively.ts'
import { ensureRootFilesystem } from './root-filesystem.ts'

export interface SystemEnd {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A whole Debian in a container: systemd or another as process 1, cron, restic, and the built program. */
export interface SystemContainer {
  readonly name: string
  /** Runs a script of sh as root. */
  sh(script: string): Promise<SystemEnd>
  /** The same; returns what it prints, and throws when it fails. */
  must(script: string): Promise<string>
  /** Runs a script again and again until it succeeds. */
  until(script: string, seconds?: number): Promise<void>
  remove(): Promise<void>
}

/** Debian 12, with a MariaDB for a SeaTable without containers, and Debian 13. */
const packages = {
  bookworm: ['systemd-sysv', 'dbus', 'cron', 'restic', 'mariadb-server'],
  trixie: ['systemd-sysv', 'dbus', 'cron', 'restic'],
} as const

export type DebianSuite = keyof typeof packages

const ensureSystemImage = (suite: DebianSuite): Promise<string> => {
  const image = `localhost/seatable-restic-test/system-${suite}`
  return exclusively(`image-system-${suite}`, async () => {
    if ((await execa('docker', ['image', 'inspect', image], { reject: false, stdin: 'ignore' })).failed) {
      const archive = await ensureRootFilesystem({ flavour: 'system', suite, packages: packages[suite] })
      await execa('docker', ['import', archive, `${image}:latest`], { stdin: 'ignore' })
    }
    return image
  })
}

/** What systemd needs of a kernel that it shares with others. */
const rights = [
  ...['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'IPC_LOCK', 'SYS_NICE', 'DAC_READ_SEARCH'].flatMap((name) => [
    '--cap-add',
    name,
  ]),
  ...['--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined', '--cgroupns=private'],
  ...['--tmpfs', '/run', '--tmpfs', '/run/lock', '--tmpfs', '/tmp', '--env', 'container=docker'],
]

const processOne = {
  // Where control groups are of the first version, each is mounted for reading, and systemd needs its own.
  systemd: 'mount -o remount,rw /sys/fs/cgroup; exec /lib/systemd/systemd',
  cron: 'exec cron -f',
}

export interface SystemOptions {
  readonly init: keyof typeof processOne
  readonly suite?: DebianSuite
  /** `FROM:TO`, of this machine. */
  readonly mounts?: readonly string[]
}

/** With nothing on it but what its packages bring. */
export const startSystemContainer = async ({
  init,
  suite = 'bookworm',
  mounts: more = [],
}: SystemOptions): Promise<SystemContainer> => {
  const name = `seatable-restic-test-${init}-${randomBytes(4).toString('hex')}`
  const entry = process.env.JOINED_PROGRAM ?? resolve('dist/main.js')
  const program = dirname(dirname(entry))
  const mounts = [
    ...[`${process.execPath}:/usr/local/bin/node:ro`, `${program}:/opt/seatable-restic:ro`, ...more].flatMap(
      (mount) => ['--volume', mount],
    ),
  ]
  const options = ['--detach', '--name', name, '--label', testLabel, '--network', 'none', ...rights, ...mounts]
  await execa('docker', ['run', ...options, await ensureSystemImage(suite), 'sh', '-c', processOne[init]], {
    stdin: 'ignore',
  })
  const sh = async (script: string): Promise<SystemEnd> => {
    const {
      exitCode = 1,
      stdout,
      stderr,
    } = await execa('docker', ['exec', name, 'sh', '-c', script], {
      reject: false,
      stdin: 'ignore',
    })
    return { exitCode, stdout, stderr }
  }
  const must = async (script: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await sh(script)
    if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}:\n${stdout}\n${stderr}`)
    return stdout
  }
  const until = async (script: string, seconds = 60): Promise<void> => {
    const giveUp = Date.now() + seconds * 1000
    while ((await sh(script)).exitCode !== 0) {
      if (Date.now() > giveUp) throw new Error(`not within ${seconds} seconds: ${script}`)
      await sleep(250)
    }
  }
  const remove = async () => {
    await execa('docker', ['rm', '--force', '--volumes', name], { stdin: 'ignore' })
  }
  try {
    if (init === 'systemd') await until('systemctl is-system-running | grep -E "running|degraded"')
    await must(launcher(basename(entry)))
  } catch (error) {
    await remove()
    throw error
  }
  return { name, sh, must, until, remove }
}

const launcher = (entry: string): string => `install -m 755 /dev/stdin /usr/local/bin/seatable-restic <<'END'
#!/bin/sh
exec node -- /opt/seatable-restic/dist/${entry} "$@"
END`

/** With a small SeaTable on it and no container, whose settings stand in the usual file, and no repository yet. */
export const startSystemOfSeatable = async (init: SystemOptions['init']): Promise<SystemContainer> => {
  const host = await startSystemContainer({ init })
  try {
    await host.must(
      `${seatable}\n${init === 'systemd' ? 'systemctl start mariadb' : 'mariadbd-safe >/dev/null 2>&1 &'}`,
    )
    await host.until('mariadb -e "SELECT 1"')
    await host.must(databases)
    return host
  } catch (error) {
    await host.remove()
    throw error
  }
}

const seatable = `set -e
install -d -o mysql -g mysql /var/lib/mysql
mariadb-install-db --user=mysql --skip-test-db >/dev/null 2>&1
for name in seafile-data seahub-data storage-data conf; do
  install -d /opt/seatable-server/seatable/$name
  echo a file > /opt/seatable-server/seatable/$name/file
done
install -d -m 700 /etc/seatable-restic /srv/backup
echo a password | install -m 600 /dev/stdin /etc/seatable-restic/restic-password
install -m 600 /dev/stdin /etc/seatable-restic/restic.env <<'END'
RESTIC_REPOSITORY=/srv/backup/seatable
RESTIC_PASSWORD_FILE=/etc/seatable-restic/restic-password
SEATABLE_RESTIC_ENGINE=none
SEATABLE_RESTIC_SERVER_CONTAINER=none
SEATABLE_RESTIC_DATA_DIR=/opt/seatable-server/seatable
END`

const databases = `for name in ccnet_db seafile_db dtable_db; do
  mariadb -e "CREATE DATABASE $name; CREATE TABLE $name.rows (id INT PRIMARY KEY, text TEXT) ENGINE=InnoDB;
    INSERT INTO $name.rows VALUES (1, 'one'), (2, 'two')"
done`
