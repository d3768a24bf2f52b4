import { type ChildProcess, spawn } from 'node:child_process'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { PipeSql, Sql } from '../fixture/sql.ts'
import { clientOptions, pipeSqlOver, sqlOver } from './client.ts'
import { systemPath } from './system-path.ts'
import { copyTemplate } from './template.ts'

export interface MariaDBOptions {
  /** An empty or absent folder, or one of an earlier server that was stopped or killed: it continues. */
  readonly dir: string
  /** The root user's password; none when absent. */
  readonly password?: string
  /** Makes system tables of its own, instead of copying those that are kept in the project's folder. */
  readonly fromNothing?: boolean
  /** More options of `mariadbd`, e.g. `--max-allowed-packet=16M`. */
  readonly extraArgs?: readonly string[]
}

export interface MariaDB {
  readonly socket: string
  readonly pid: number
  readonly sql: Sql
  readonly pipeSql: PipeSql
  /** Shuts down in order. */
  stop(): Promise<void>
  /** Kills without warning, as a power failure would. */
  kill(): Promise<void>
}

const startLimitMs = 60_000
// The kernel's limit for the path of a socket.
const socketPathLimit = 107

/** Starts a private server: a socket in `dir`, no network, gone when this process ends. */
export const startMariaDB = async ({
  dir,
  password = '',
  fromNothing = false,
  extraArgs = [],
}: MariaDBOptions): Promise<MariaDB> => {
  const folder = resolve(dir)
  const socket = join(folder, 'mysqld.sock')
  if (Buffer.byteLength(socket) > socketPathLimit) throw new Error(`The path of the socket is too long: ${socket}`)
  await mkdir(folder, { recursive: true })
  await initialise(folder, fromNothing)
  await writeFile(join(folder, 'init.sql'), setPassword(password), { mode: 0o600 })
  const server = spawn('setpriv', [...diesWithUs, 'mariadbd', ...serverOptions(folder, socket), ...extraArgs], {
    stdio: 'ignore',
    env: systemPath,
  })
  const ended = endOf(server)
  const client = {
    file: 'mariadb',
    args: ['--no-defaults', `--socket=${socket}`, ...clientOptions],
    env: { MYSQL_PWD: password },
  }
  const sql = sqlOver(client)
  await answers(sql, server, folder)
  return {
    socket,
    pid: server.pid ?? 0,
    sql,
    pipeSql: pipeSqlOver(client),
    stop: () => end(server, 'SIGTERM', ended),
    kill: () => end(server, 'SIGKILL', ended),
  }
}

const initialise = async (folder: string, fromNothing: boolean): Promise<void> => {
  const data = join(folder, 'data')
  const done = await access(join(data, 'mysql')).then(
    () => true,
    () => false,
  )
  if (done) return
  const make = (made: string) =>
    execa(
      'mariadb-install-db',
      ['--no-defaults', `--datadir=${made}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asUser()],
      { env: { ...systemPath, TMPDIR: folder } },
    )
  if (fromNothing) {
    await make(data)
    return
  }
  const { stdout: version } = await execa('mariadbd', ['--version'], { env: systemPath })
  await copyTemplate('mariadb-data', [version, String(process.getuid?.())], data, make)
}

const serverOptions = (folder: string, socket: string): string[] => [
  '--no-defaults',
  `--datadir=${join(folder, 'data')}`,
  `--socket=${socket}`,
  `--pid-file=${join(folder, 'mysqld.pid')}`,
  // Servers that share a temporary folder remove each other's tables there.
  `--tmpdir=${folder}`,
  `--log-error=${join(folder, 'error.log')}`,
  `--init-file=${join(folder, 'init.sql')}`,
  '--skip-networking',
  '--character-set-server=utf8mb4',
  '--collation-server=utf8mb4_general_ci',
  ...asUser(),
]

// mariadbd refuses to run as root unless told to; the folder may be one that only root can enter.
const asUser = (): string[] => (process.getuid?.() === 0 ? ['--user=root'] : [])

// The kernel ends the server with us, however we end.
const diesWithUs = ['--pdeathsig', 'KILL', '--']

// An init file holds one statement a line.
const setPassword = (password: string): string =>
  `ALTER USER root@localhost IDENTIFIED BY '${password.replace(/['\\]/g, '\\$&')}';\n`

const endOf = (server: ChildProcess): Promise<void> =>
  new Promise((done) => {
    server.once('exit', () => done())
    server.once('error', () => done())
  })

const end = async (server: ChildProcess, signal: NodeJS.Signals, ended: Promise<void>): Promise<void> => {
  server.kill(signal)
  await ended
}

const answers = async (sql: Sql, server: ChildProcess, folder: string): Promise<void> => {
  const giveUp = Date.now() + startLimitMs
  for (;;) {
    try {
      await sql('SELECT 1')
      return
    } catch (error) {
      const gone = server.pid === undefined || server.exitCode !== null || server.signalCode !== null
      if (gone || Date.now() > giveUp) throw new Error(await whyNot(folder), { cause: error })
      await sleep(50)
    }
  }
}

const whyNot = async (folder: string): Promise<string> => {
  const log = await readFile(join(folder, 'error.log'), 'utf8').catch(() => '')
  return `mariadbd did not start in ${folder}\n${log.slice(-2000)}`
}
