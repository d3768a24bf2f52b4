import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { PipeSql, Sql } from '../fixture/sql.ts'
import { clientOptions, pipeSqlOver, sqlOver } from './client.ts'
import { databaseEntrypoints, startedMessage } from './database-entrypoints.ts'
import { type DatabaseServer, type Flavour, recipeOf } from './database-servers.ts'
import { type ContainerEngine, ensureImage } from './image.ts'
import { systemPath } from './system-path.ts'

export type { ContainerEngine } from './image.ts'

/** Which names the client programs have: MariaDB images from 11 on have no `mysql`, MySQL's and old ones no `mariadb`. */
export type ClientNames = 'both' | 'mariadb-only' | 'mysql-only'

export interface Container {
  readonly engine: ContainerEngine
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
  running(): Promise<boolean>
  /** How often it was started, by its own account in the log. */
  starts(): Promise<number>
  remove(): Promise<void>
}

export interface DatabaseContainer extends Container {
  readonly sql: Sql
  readonly pipeSql: PipeSql
  /** Waits until the server in it answers. */
  ready(): Promise<void>
}

export interface DatabaseContainerOptions {
  readonly engine?: ContainerEngine
  /** MariaDB of this machine's own distribution when absent; the image of another is made from packages at first use. */
  readonly server?: DatabaseServer
  readonly name?: string
  readonly rootPassword?: string
  /** Which of the names of MariaDB's programs are there; MySQL has its own only. */
  readonly binaries?: ClientNames
  /** More options of the server, e.g. `--max-allowed-packet=16M`. */
  readonly serverArgs?: readonly string[]
  /** More options of `docker run`. */
  readonly runArgs?: readonly string[]
  /** None when absent: a server is reached through its container. */
  readonly network?: 'none' | 'host'
  /** Another image than that of `server`, with the same in it. */
  readonly image?: string
}

export interface ServerContainerOptions {
  readonly engine?: ContainerEngine
  readonly image?: string
  readonly name?: string
  /** The directory that holds `seafile-data`; the folder above it is `/shared` inside. */
  readonly dataDir: string
  readonly runArgs?: readonly string[]
  /** A script for `sh -c` and its arguments, instead of one that only waits. */
  readonly program?: readonly string[]
}

export const testLabel = 'seatable-restic-test=1'

const readyLimitMs = 60_000

/** A database server in a container, as SeaTable's compose files have it: MYSQL_ROOT_PASSWORD sets root's password. */
export const startDatabaseContainer = async (options: DatabaseContainerOptions = {}): Promise<DatabaseContainer> => {
  const { engine = 'docker', server = 'mariadb', rootPassword = 'secret', binaries = 'both' } = options
  const { flavour } = recipeOf(server)
  const { name = uniqueName(flavour), image = await ensureImage(engine, server) } = options
  await execa(
    engine,
    [
      ...(await runOptions(engine, name, options.network)),
      ...['--env', 'MYSQL_ROOT_PASSWORD', ...(options.runArgs ?? [])],
      ...[image, 'sh', '-c', databaseEntrypoints[flavour], 'entrypoint', binaries, ...(options.serverArgs ?? [])],
    ],
    { env: { MYSQL_ROOT_PASSWORD: rootPassword }, stdin: 'ignore' },
  )
  const program = flavour === 'mysql' || binaries === 'mysql-only' ? 'mysql' : 'mariadb'
  const client = {
    file: engine,
    args: [
      'exec',
      '-i',
      name,
      'sh',
      '-c',
      clientInside,
      'client',
      program,
      '--no-defaults',
      ...clientOptions,
      ...freshFigures[flavour],
    ],
  }
  const sql = sqlOver(client)
  const container = {
    ...containerOf(engine, name),
    sql,
    pipeSql: pipeSqlOver(client),
    ready: () => ready(sql, engine, name),
  }
  await container.ready()
  return container
}

/** Stands in for the SeaTable server: something to be seen stopped and started. */
export const startServerContainer = async (options: ServerContainerOptions): Promise<Container> => {
  const { engine = 'docker', name = uniqueName('seatable-server'), dataDir, runArgs = [] } = options
  const program = options.program ?? [serverEntrypoint]
  const image = options.image ?? (await ensureImage(engine))
  const shared = ['--volume', `${dirname(dataDir)}:/shared`]
  await execa(engine, [...(await runOptions(engine, name)), ...shared, ...runArgs, image, 'sh', '-c', ...program], {
    stdin: 'ignore',
  })
  return containerOf(engine, name)
}

export const uniqueName = (purpose: string): string =>
  `seatable-restic-test-${purpose}-${randomBytes(4).toString('hex')}`

const runOptions = async (engine: ContainerEngine, name: string, network = 'none'): Promise<string[]> => [
  ...(engine === 'podman' ? await podmanRuntime() : []),
  ...['run', '--detach', '--network', network, '--label', testLabel, '--name', name],
  // Its filter is compiled for each of thousands of `exec`, which takes more than what they start.
  ...['--security-opt', 'seccomp=unconfined'],
  // Podman asks for limits that not every machine allows.
  ...(engine === 'podman' ? ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096'] : []),
]

/** crun, which Podman prefers, runs nothing on a machine whose cgroups are half old and half new; runc does. */
const podmanRuntime = async (): Promise<string[]> => {
  const { stdout, failed } = await execa('sh', ['-c', 'command -v runc'], { reject: false, env: systemPath })
  return failed ? [] : ['--runtime', stdout]
}

const serverEntrypoint = `trap 'exit 0' TERM
echo '${startedMessage}'
sleep infinity &
wait
`

/** MySQL shows figures that are a day old otherwise, the next number of a table among them. */
const freshFigures: Readonly<Record<Flavour, readonly string[]>> = {
  mariadb: [],
  mysql: ['--init-command=SET SESSION information_schema_stats_expiry = 0'],
}

const clientInside = 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec "$@"'

const containerOf = (engine: ContainerEngine, name: string): Container => {
  const call = (...args: string[]) => execa(engine, args, { stdin: 'ignore' })
  return {
    engine,
    name,
    start: async () => {
      await call('start', name)
    },
    stop: async () => {
      await call('stop', name)
    },
    running: async () => (await call('inspect', '--format', '{{.State.Running}}', name)).stdout === 'true',
    starts: async () => {
      const { stdout } = await call('logs', name)
      return stdout.split('\n').filter((line) => line === startedMessage).length
    },
    remove: async () => {
      await call('rm', '--force', '--volumes', name)
    },
  }
}

const ready = async (sql: Sql, engine: ContainerEngine, name: string): Promise<void> => {
  const giveUp = Date.now() + readyLimitMs
  for (;;) {
    try {
      await sql('SELECT 1')
      return
    } catch (cause) {
      if (Date.now() < giveUp && (await containerOf(engine, name).running())) {
        await sleep(100)
        continue
      }
      const { all } = await execa(engine, ['logs', name], { all: true, reject: false, stdin: 'ignore' })
      throw new Error(`The database in the container ${name} does not answer.\n${all?.slice(-2000)}`, { cause })
    }
  }
}
