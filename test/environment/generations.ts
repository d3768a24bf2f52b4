import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type DatabaseContainer, startDatabaseContainer } from './container.ts'
import type { PrivateDocker } from './private-docker.ts'
import { type SeaTableServer, startSeaTableServer } from './seatable-server.ts'

/** A container as a compose file of SeaTable’s manuals, or of somebody else, makes it. */
export interface Service {
  readonly name: string
  readonly image: string
  /** Labels of compose; a container that was made by hand has none. */
  readonly service?: string
  readonly project?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Paths of the host are below the root of the layout; a name without `/` is a volume’s. */
  readonly mounts?: Readonly<Record<string, string>>
}

/** How SeaTable lies on a host: its containers, and its files besides the data. */
export interface Layout {
  readonly server: Service
  readonly database?: Service
  readonly others: readonly Service[]
  /** The directory of the compose files, and its files. */
  readonly composeDir: string
  readonly composeFiles: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

export const rootPassword = 'p w*d"$'

const hostname = 'tables.example.com'

/** 2021 to 4.2: everything in `/opt/seatable`, passwords in the compose file. */
export const generationA: Layout = {
  composeDir: '/opt/seatable',
  composeFiles: ['docker-compose.yml'],
  files: {
    '/opt/seatable/docker-compose.yml': 'services: {db: {}, memcached: {}, redis: {}, seatable: {}}\n',
    '/opt/seatable/seatable-data/seatable/seatable-license.txt': 'licence\n',
    '/opt/seatable/seatable-data/ssl/tables.example.com.crt': 'certificate\n',
  },
  server: {
    name: 'seatable',
    image: 'seatable/seatable-enterprise:4.1.9',
    service: 'seatable',
    project: 'seatable',
    environment: {
      DB_HOST: 'db',
      DB_ROOT_PASSWD: rootPassword,
      SEATABLE_SERVER_HOSTNAME: hostname,
      SEATABLE_SERVER_LETSENCRYPT: 'True',
      TIME_ZONE: 'Etc/UTC',
    },
    mounts: { '/shared': '/opt/seatable/seatable-data' },
  },
  database: {
    name: 'seatable-mysql',
    image: 'mariadb:10.5',
    service: 'db',
    project: 'seatable',
    environment: { MYSQL_LOG_CONSOLE: 'true' },
    mounts: { '/var/lib/mysql': '/opt/seatable/mysql-data' },
  },
  others: [
    { name: 'seatable-memcached', image: 'memcached:1.5.6', service: 'memcached', project: 'seatable' },
    { name: 'seatable-redis', image: 'redis:5.0.7', service: 'redis', project: 'seatable' },
  ],
}

/** The first `/opt/seatable-compose`, of 2023. */
export const generationB: Layout = {
  composeDir: '/opt/seatable-compose',
  composeFiles: ['seatable-server.yml'],
  files: {
    '/opt/seatable-compose/.env': `SEATABLE_MYSQL_ROOT_PASSWORD='${rootPassword}'\n`,
    '/opt/seatable-compose/seatable-server.yml': 'services: {seatable-db: {}, seatable: {}}\n',
    '/opt/seatable-compose/seatable-license.txt': 'licence\n',
  },
  server: {
    name: 'seatable',
    image: 'seatable/seatable-enterprise:4.1.9',
    service: 'seatable',
    project: 'seatable-compose',
    environment: { DB_HOST: 'seatable-db', DB_ROOT_PASSWD: rootPassword, SEATABLE_SERVER_HOSTNAME: hostname },
    mounts: {
      '/shared': '/opt/seatable-server',
      '/shared/seatable/seatable-license.txt': '/opt/seatable-compose/seatable-license.txt',
    },
  },
  database: {
    name: 'seatable-mysql',
    image: 'mariadb:10.11',
    service: 'seatable-db',
    project: 'seatable-compose',
    mounts: { '/var/lib/mysql': '/opt/seatable-mariadb' },
  },
  others: [],
}

/** 4.2 to 5.2: the names that are still those of today. The storage server’s files lie on a disk of their own. */
export const generationC: Layout = {
  composeDir: '/opt/seatable-compose',
  composeFiles: ['caddy.yml', 'seatable-server.yml'],
  files: {
    '/opt/seatable-compose/.env': `COMPOSE_FILE='caddy.yml,seatable-server.yml'\nSEATABLE_MYSQL_ROOT_PASSWORD='${rootPassword}'\n`,
    '/opt/seatable-compose/caddy.yml': 'services: {caddy: {}}\n',
    '/opt/seatable-compose/seatable-server.yml': 'services: {mariadb: {}, seatable-server: {}}\n',
    '/opt/seatable-compose/seatable-license.txt': 'licence\n',
    '/opt/caddy/certificates/tables.example.com.crt': 'certificate\n',
    '/opt/seatable-server/seatable/conf/dtable-storage-server.conf':
      '[general]\nlog_dir = /opt/seatable/logs\n\n[storage backend]\ntype = filesystem\npath = /storage/seatable\n\n[snapshot]\nkeep_days = 180\n',
  },
  server: {
    name: 'seatable-server',
    image: 'seatable/seatable-enterprise:5.0.7',
    service: 'seatable-server',
    project: 'seatable-compose',
    environment: {
      DB_HOST: 'mariadb',
      DB_ROOT_PASSWD: rootPassword,
      SEATABLE_SERVER_HOSTNAME: hostname,
      SEATABLE_SERVER_PROTOCOL: 'https',
    },
    mounts: {
      '/shared': '/opt/seatable-server',
      '/shared/seatable/seatable-license.txt': '/opt/seatable-compose/seatable-license.txt',
      '/storage': '/srv/disk',
    },
  },
  database: {
    name: 'mariadb',
    image: 'mariadb:10.11.7',
    service: 'mariadb',
    project: 'seatable-compose',
    environment: { MARIADB_AUTO_UPGRADE: '1' },
    mounts: { '/var/lib/mysql': '/opt/mariadb' },
  },
  others: [
    {
      name: 'caddy',
      image: 'lucaslorentz/caddy-docker-proxy:2.9',
      service: 'caddy',
      project: 'seatable-compose',
      mounts: { '/data/caddy': '/opt/caddy' },
    },
    { name: 'redis', image: 'redis:7.2.7', service: 'redis', project: 'seatable-compose' },
  ],
}

const ofD = {
  SEATABLE_MYSQL_DB_HOST: 'mariadb',
  SEATABLE_MYSQL_DB_PORT: '3306',
  SEATABLE_MYSQL_DB_USER: 'root',
  SEATABLE_MYSQL_DB_PASSWORD: rootPassword,
  SEATABLE_MYSQL_DB_DTABLE_DB_NAME: 'dtable_db',
  SEATABLE_MYSQL_DB_CCNET_DB_NAME: 'ccnet_db',
  SEATABLE_MYSQL_DB_SEAFILE_DB_NAME: 'seafile_db',
  REDIS_HOST: 'redis',
  REDIS_PASSWORD: 'redis password',
  JWT_PRIVATE_KEY: 'private key',
  SEATABLE_SERVER_HOSTNAME: hostname,
}

/** 5.3 to 6.1: settings in the environment, the Python pipeline beside it, and somebody else’s containers. */
export const generationD: Layout = {
  composeDir: '/opt/seatable-compose',
  composeFiles: ['caddy.yml', 'seatable-server.yml', 'python-pipeline.yml'],
  files: {
    '/opt/seatable-compose/.env': `MARIADB_PASSWORD='${rootPassword}'\nREDIS_PASSWORD='redis password'\n`,
    '/opt/seatable-compose/caddy.yml': 'services: {caddy: {}}\n',
    '/opt/seatable-compose/seatable-server.yml': 'services: {mariadb: {}, redis: {}, seatable-server: {}}\n',
    '/opt/seatable-compose/python-pipeline.yml': 'services: {python-scheduler: {}, python-starter: {}}\n',
    '/opt/seatable-compose/seatable-license.txt': 'licence\n',
  },
  server: {
    ...generationC.server,
    image: 'seatable/seatable-enterprise:6.1.3',
    environment: ofD,
    mounts: {
      '/shared': '/opt/seatable-server',
      '/shared/seatable/seatable-license.txt': '/opt/seatable-compose/seatable-license.txt',
    },
  },
  database: {
    name: 'mariadb',
    image: 'mariadb:11.8.5-noble',
    service: 'mariadb',
    project: 'seatable-compose',
    mounts: { '/var/lib/mysql': '/opt/mariadb' },
  },
  others: [
    { name: 'redis', image: 'redis:7.2.7-bookworm', service: 'redis', project: 'seatable-compose' },
    {
      name: 'python-scheduler',
      image: 'seatable/seatable-python-scheduler:6.1.0',
      service: 'python-scheduler',
      project: 'seatable-compose',
    },
    {
      name: 'python-starter',
      image: 'seatable/seatable-python-starter:6.1.0',
      service: 'python-starter',
      project: 'seatable-compose',
    },
    { name: 'n8n-redis-1', image: 'redis:7.2.7-bookworm', service: 'redis', project: 'n8n' },
    { name: 'ofelia', image: 'mcuadros/ofelia:latest', service: 'ofelia', project: 'n8n' },
  ],
}

/** 6.2: no conf files of old, and a key of its own. */
export const generationE: Layout = {
  ...generationD,
  server: {
    ...generationD.server,
    image: 'seatable/seatable-enterprise:6.2.4',
    environment: { ...ofD, SECRET_KEY: 'secret key' },
  },
}

/** 7.0: another container of its own. */
export const generationF: Layout = {
  ...generationE,
  others: [
    ...generationE.others,
    {
      name: 'dtable-server',
      image: 'seatable/dtable-server:7.0.1',
      service: 'dtable-server',
      project: 'seatable-compose',
      environment: ofD,
      mounts: { '/shared': '/opt/seatable-server' },
    },
  ],
}

/** Not of the manuals: names that begin with the project’s, volumes of Docker, databases of other names. */
export const thirdParty: Layout = {
  composeDir: '/data/compose/5',
  composeFiles: [],
  files: {},
  server: {
    name: 'tables-app-1',
    image: 'registry.example.com:5000/mirror/seatable-enterprise:6.1.3',
    service: 'app',
    project: 'tables',
    environment: {
      ...ofD,
      SEATABLE_MYSQL_DB_HOST: 'database',
      SEATABLE_MYSQL_DB_DTABLE_DB_NAME: 'tables_dtable',
      SEATABLE_MYSQL_DB_CCNET_DB_NAME: 'tables_ccnet',
      SEATABLE_MYSQL_DB_SEAFILE_DB_NAME: 'tables_seafile',
    },
    mounts: { '/shared': 'tables_shared', '/shared/seatable/storage-data': 'tables_storage' },
  },
  database: {
    name: 'tables-database-1',
    image: 'mariadb:11.8.5-noble',
    service: 'database',
    project: 'tables',
    mounts: { '/var/lib/mysql': 'tables_mysql' },
  },
  others: [{ name: 'blog-database-1', image: 'mariadb:11.8.5-noble', service: 'database', project: 'blog' }],
}

export const imagesOf = (layouts: readonly Layout[]): string[] => [
  ...new Set(layouts.flatMap(servicesOf).map(({ image }) => image)),
]

const servicesOf = ({ server, database, others }: Layout): Service[] => [
  server,
  ...(database ? [database] : []),
  ...others,
]

export const layOut = async (root: string, { files, composeDir }: Layout): Promise<void> => {
  // What a container platform says of its own inside is not on this host.
  if (Object.keys(files).some((path) => path.startsWith(composeDir)))
    await mkdir(join(root, composeDir), { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await writeFile(join(root, path), text, { mode: 0o600 })
  }
}

/** Makes the containers and does not start them: enough to be found. */
export const createContainers = async ({ docker }: PrivateDocker, root: string, layout: Layout): Promise<void> => {
  for (const service of servicesOf(layout)) {
    await docker('create', '--network', 'none', '--name', service.name, ...argsOf(root, layout, service), service.image)
  }
}

export interface StartedLayout {
  readonly server: SeaTableServer
  readonly database: DatabaseContainer
  /** When a container was started last. */
  startedAt(name: string): Promise<string>
}

/** Starts the containers, stand-ins under their real names; what this process runs must be told of the daemon. */
export const startContainers = async (
  { docker }: PrivateDocker,
  root: string,
  layout: Layout,
  dataDir: string,
): Promise<StartedLayout> => {
  const { server, database, others } = layout
  if (database === undefined) throw new Error('There is no database to start')
  const wait = "trap 'exit 0' TERM; sleep infinity & wait"
  const starting = others.map((service) => {
    const args = argsOf(root, layout, service)
    return docker(
      'run',
      '--detach',
      '--network',
      'none',
      '--name',
      service.name,
      ...args,
      service.image,
      'sh',
      '-c',
      wait,
    )
  })
  const [startedDatabase, startedServer] = await Promise.all([
    startDatabaseContainer({
      name: database.name,
      image: database.image,
      rootPassword,
      binaries: /:11/.test(database.image) ? 'mariadb-only' : 'both',
      runArgs: argsOf(root, layout, database),
    }),
    startServer(root, layout, server, dataDir),
    ...starting,
  ])
  return {
    database: startedDatabase,
    server: startedServer,
    startedAt: (name) => docker('inspect', '--format', '{{.State.StartedAt}}', name),
  }
}

export const startServer = (
  root: string,
  layout: Layout,
  { mounts: { '/shared': _, ...mounts } = {}, ...server }: Service,
  dataDir: string,
): Promise<SeaTableServer> =>
  startSeaTableServer({
    name: server.name,
    image: server.image,
    dataDir,
    runArgs: argsOf(root, layout, { ...server, mounts }),
  })

const argsOf = (
  root: string,
  { composeDir, composeFiles }: Layout,
  { service, project, environment = {}, mounts = {} }: Service,
): string[] => {
  const labels = {
    ...(service ? { service } : {}),
    ...(project
      ? {
          project,
          'project.working_dir': join(root, composeDir),
          'project.config_files': composeFiles.map((name) => join(root, composeDir, name)).join(','),
        }
      : {}),
  }
  return [
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `com.docker.compose.${name}=${value}`]),
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...Object.entries(mounts).flatMap(([inside, source]) => [
      '--volume',
      `${source.startsWith('/') ? join(root, source) : source}:${inside}`,
    ]),
  ]
}
