import type { Known } from '../../../src/jobs/doctor/attempt.ts'
import type { Facts } from '../../../src/jobs/doctor/facts.ts'
import { judge, type KnownFacts } from '../../../src/jobs/doctor/judge.ts'
import type { Manifest } from '../../../src/staging/manifest.ts'
import { configWith } from '../../fixture/config.ts'

export const now = new Date('2026-05-04T12:00:00Z')

/** So many hours before now: ISO 8601. */
export const hoursAgo = (hours: number): string => new Date(now.getTime() - hours * 3_600_000).toISOString()

const gib = 1024 ** 3

const config = configWith({
  dataPaths: ['seafile-data', 'conf'],
  host: 'seatable.example.com',
  environment: { restic: { RESTIC_REPOSITORY: '/srv/backup', RESTIC_PASSWORD_FILE: '/etc/p' }, tools: {} },
})

const table = (name: string, storageEngine = 'InnoDB') => ({ name, type: 'BASE TABLE', storageEngine })

const listed = (name: string, tables: readonly string[]) => ({
  name,
  characterSet: 'utf8mb3',
  collation: 'utf8mb3_general_ci',
  dataBytes: gib,
  estimatedRows: 100,
  tables: tables.map((one) => table(one)),
  views: [],
  brokenViews: [],
  triggers: [],
  routines: [],
  events: [],
  foreignKeysOut: [],
  floatColumns: [],
})

const manifest = {
  instant: hoursAgo(9),
  finished: hoursAgo(9),
  server: { version: '11.4.3-MariaDB', client: 'mariadb-dump from 11.4.3-MariaDB, client 10.19' },
  dataPaths: [{ name: 'seafile-data', path: '/data/seafile-data' }],
  extraPaths: [],
  installation: [{ path: '/opt/seatable-compose', kind: 'directory' }],
  seatable: { version: '6.1.0', url: null },
  bigData: { status: 'saved', detail: '', at: hoursAgo(9), newestBackup: null },
  databases: [
    { name: 'ccnet_db', bytes: gib, largestStatement: 1_000_000 },
    { name: 'dtable_db', bytes: gib, largestStatement: 1_000_000 },
  ],
} as unknown as Manifest

const snapshot = {
  id: 'b20028bc93e19768c119daa53f82489fea59ff734a6f99c3a94ee2b753ab1a31',
  shortId: 'b20028bc',
  time: hoursAgo(9),
  hostname: 'seatable.example.com',
  original: null,
  tags: ['seatable'],
  paths: ['/var/lib/seatable-restic/staging', '/data/seafile-data'],
  summary: { start: hoursAgo(9), end: hoursAgo(8.9), files: 1000, bytes: 12 * gib, bytesAdded: 10 },
}

const container = (name: string, more: object = {}) => ({
  cli: 'docker' as const,
  container: {
    id: name,
    name,
    image: '',
    running: true,
    mounts: [],
    environment: {},
    labels: {},
    networks: [],
    aliases: {},
    ...more,
  },
})

const seatable = container('seatable-server')

/** A SeaTable of which there is nothing to complain. */
export const healthy: Facts = {
  now,
  surroundings: {
    nodeVersion: 'v22.11.0',
    hostname: 'server',
    uid: 0,
    envFile: '/etc/seatable-restic/restic.env',
    warnings: [],
    secrets: [],
  },
  config,
  host: { hasFlock: true, openPasswordFiles: [], processes: new Set([1, 77]) },
  state: {
    directory: { mode: 0o40700, uid: 0 },
    free: 100 * gib,
    device: 1,
    run: null,
    staged: [],
    journal: null,
    previous: null,
    dropping: false,
    leftovers: { databases: [], directories: [], containers: [] },
    lastDrill: { snapshot: snapshot.id, at: hoursAgo(80) },
  },
  schedule: { by: 'systemd', timer: { active: true, next: null }, withoutBackup: false, callers: [] },
  restic: { version: { major: 0, minor: 19, patch: 1 } },
  repository: { snapshots: [snapshot], locks: [], device: 9 },
  newest: { snapshot, manifest, problem: null },
  installation: {
    database: { engine: 'docker', container: 'mariadb' },
    server: seatable,
    writers: [container('seadoc'), seatable],
    caches: [container('redis')],
    dataDir: '/data',
    databaseNames: ['ccnet_db', 'dtable_db'],
    generation: 'C',
    buckets: [],
    elsewhere: [],
    setupWarnings: [],
    setupPaths: [{ what: 'compose directory', path: '/opt/seatable-compose', why: '' }],
    findings: [],
  } as unknown as Facts['installation'],
  bigData: {
    version: '6.1.3',
    silence: null,
    bases: 2,
    config: {
      from: 'files',
      backup: { storageServerUrl: 'http://127.0.0.1:6666', every: { at: '02:00' }, keep: { backups: 3 } },
      dataDir: '/opt/seatable/db-data',
    },
  },
  directories: {
    dataDir: '/data',
    device: 1,
    free: 100 * gib,
    type: 'ext4',
    saved: ['/data/seafile-data', '/opt/seatable-compose'],
    linksOut: [],
    pathWarnings: [],
    ownPlaces: null,
    unswappable: [],
    mountPoints: [],
    mounts: [
      { source: '/opt/seatable-compose/seatable-license.txt', destination: '/shared/seatable/seatable-license.txt' },
    ],
  },
  database: {
    place: 'container mariadb',
    programs: {
      flavour: 'mariadb',
      client: 'mariadb',
      dump: 'mariadb-dump',
      version: 'mariadb-dump from 11.4.3-MariaDB, client 10.19 for debian-linux-gnu (x86_64)',
    },
    inventory: {
      serverVersion: '11.4.3-MariaDB-1:11.4.3+maria~ubu2404',
      maxAllowedPacket: 16 * 1024 * 1024,
      dataDirectory: '/var/lib/mysql/',
      databases: [listed('ccnet_db', ['EmailUser']), listed('dtable_db', ['dtables', 'operation_log'])],
      otherDatabases: [],
    },
    server: { clock: 0, binaryLog: false, galera: false, replica: false, replicas: 0, bytes: new Map() },
    loading: {
      isMariaDb: true,
      host: 'localhost',
      variables: new Map(),
      sessions: 1,
      logins: [],
      passwordChecks: [],
    },
    hostile: { variables: [], initConnect: null },
    clockOffset: 12,
    inexact: [],
    keysIn: [],
    elsewhere: [],
    newestBigDataBackup: new Date(hoursAgo(10)),
    lacking: { dump: [], restore: [] },
    hasIdleRole: false,
    free: 100 * gib,
  },
}

type Change = { readonly [Name in keyof Facts]?: Partial<Facts[Name]> | null }

/** The healthy facts with some of their parts changed; null takes a whole fact away. */
export const changed = (change: Change): Facts => {
  const facts: Record<string, unknown> = { ...healthy }
  for (const [name, part] of Object.entries(change)) {
    const before = facts[name]
    facts[name] = part === null || part instanceof Date ? part : { ...(before as object), ...(part as object) }
  }
  return facts as unknown as Facts
}

const allKnown = (facts: Facts): KnownFacts =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]): [string, Known<unknown>] => [name, { known: true, value }]),
  ) as unknown as KnownFacts

export const judged = (facts: Facts, unknown: Partial<KnownFacts> = {}) => judge({ ...allKnown(facts), ...unknown })

/** The checks that found something, as `status id`. */
export const complaints = (facts: Facts, unknown: Partial<KnownFacts> = {}): string[] =>
  judged(facts, unknown).themes.flatMap(({ findings }) =>
    findings.filter(({ status }) => status !== 'ok').map(({ status, id }) => `${status} ${id}`),
  )

export const withDatabases = (...more: readonly Partial<Facts['database']['inventory']['databases'][number]>[]) => ({
  database: {
    inventory: {
      ...healthy.database.inventory,
      databases: healthy.database.inventory.databases.map((one, index) => ({ ...one, ...more[index] })),
    },
  },
})

export const withInventory = (more: Partial<Facts['database']['inventory']>) => ({
  database: { inventory: { ...healthy.database.inventory, ...more } },
})

export const withServer = (more: Partial<Facts['database']['server']>) => ({
  database: { server: { ...healthy.database.server, ...more } },
})

export const withManifest = (more: object) => ({
  newest: { manifest: { ...manifest, ...more } as unknown as Manifest },
})

export const withSnapshot = (more: object) => ({ newest: { snapshot: { ...snapshot, ...more } } })

export { container, table }
