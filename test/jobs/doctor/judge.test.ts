import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import type { Facts } from '../../../src/jobs/doctor/facts.ts'
import { themes } from '../../../src/jobs/doctor/judge.ts'
import { scratchJournal, swapJournal } from '../../../src/jobs/state/journal.ts'
import type { Snapshot } from '../../../src/restic/snapshots.ts'
import { standing } from '../../../src/standing-warnings.ts'
import {
  changed,
  complaints,
  container,
  healthy,
  hoursAgo,
  judged,
  now,
  table,
  withDatabases,
  withInventory,
  withManifest,
  withServer,
  withSnapshot,
} from './facts.ts'

const ids = themes.flatMap(({ checks }) => checks.map(({ id }) => id))
const mib = 1024 * 1024

test('there is nothing to complain of a healthy SeaTable, and no check is left out', () => {
  const { ok, themes, skipped } = judged(healthy)
  expect({ ok, complaints: complaints(healthy), skipped }).toEqual({ ok: true, complaints: [], skipped: [] })
  expect(themes.flatMap(({ findings }) => findings.map(({ id }) => id))).toEqual(ids)
})

test('every check has an id of its own, and there are at least 25', () => {
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThanOrEqual(25)
})

test('what is accepted is no complaint, as a whole or one thing of it, and is told as that', () => {
  const facts = (accept: readonly string[]) => {
    const other = withInventory({ otherDatabases: ['scheduler', 'shop'] })
    return changed({ ...other, config: { accept }, repository: { device: healthy.directories.device } })
  }
  expect(complaints(facts([]))).toEqual(['warn other-databases', 'warn repository-disk'])
  expect(complaints(facts(['repository-disk', 'other-databases']))).toEqual([])
  expect(complaints(facts(['repository-disk', 'other-databases:shop', 'other-databases:scheduler']))).toEqual([])
  expect(complaints(facts(['repository-disk', 'other-databases:shop']))).toEqual(['warn other-databases'])
  const findings = judged(facts(['repository-disk', 'other-databases:shop'])).themes.flatMap((one) => one.findings)
  expect(findings.find(({ id }) => id === 'repository-disk')).toMatchObject({ status: 'ok', accepted: true })
  expect(findings.find(({ id }) => id === 'other-databases')).toMatchObject({
    accepted: false,
    message: expect.stringMatching(/no backup covers: scheduler$/),
    details: ['Accepted: Databases of this server that no backup covers: shop'],
  })
})

test('what fails cannot be accepted', () => {
  const facts = changed({ config: { accept: ['snapshot-age'] }, host: { hasFlock: false } })
  expect(complaints(facts)).toEqual(['fail flock'])
})

type Case = readonly [what: string, change: Parameters<typeof changed>[0], expected: string | readonly string[]]

const previous = {
  snapshot: 'x',
  replacedAt: hoursAgo(8 * 24),
  databases: ['ccnet_db'],
  keptDatabases: ['ccnet_db__previous'],
  directories: [],
  directoryBytes: 5,
}
const lock = { id: 'x', time: hoursAgo(0.1), exclusive: false, hostname: 'other', pid: 99 }
const { keep, environment } = healthy.config
const { bigData } = healthy
const [snapshot] = healthy.repository.snapshots
const withHosts = (...hosts: string[]) => ({
  repository: { snapshots: hosts.map((hostname) => ({ ...(snapshot as Snapshot), hostname })) },
})
const withBigData = (status: string) => withManifest({ bigData: { status, detail: 'x', at: hoursAgo(9) } })

const lackingSelect = { privilege: 'SELECT', hides: 'tables of ccnet_db', grant: 'GRANT …' }

const cases: readonly Case[] = [
  ['Node 20.18', { surroundings: { nodeVersion: 'v20.18.3' } }, 'fail node'],
  ['Node 20.19', { surroundings: { nodeVersion: 'v20.19.0' } }, []],
  ['restic 0.17.0', { restic: { version: { major: 0, minor: 17, patch: 0 } } }, 'warn restic'],
  ['restic 0.17.1', { restic: { version: { major: 0, minor: 17, patch: 1 } } }, []],
  ['restic 1.0', { restic: { version: { major: 1, minor: 0, patch: 0 } } }, []],
  ['no flock', { host: { hasFlock: false } }, 'fail flock'],

  ['an env file that all can read', { surroundings: { warnings: ['…'] } }, 'warn env-file'],
  ['a password file that all can read', { host: { openPasswordFiles: ['/etc/p'] } }, 'warn password-files'],
  ['a secret in the environment', { surroundings: { secrets: ['RESTIC_PASSWORD'] } }, 'warn secrets-in-environment'],
  [
    'two passwords of the repository',
    { config: { environment: { ...environment, restic: { ...environment.restic, RESTIC_PASSWORD: 'x' } } } },
    'warn restic-password',
  ],
  ['nothing kept but 6 days', { config: { keep: { ...keep, within: '6d', daily: 6 } } }, 'warn retention'],
  ['7 days as hours', { config: { keep: { ...keep, within: '168h', daily: 0 } } }, []],
  ['7 daily ones', { config: { keep: { ...keep, within: '0d', daily: 7 } } }, []],
  ['only monthly ones', { config: { keep: { ...keep, within: '0d', daily: 0 } } }, 'warn retention'],
  ['the host name of a container', { config: { host: '3f4e9c0a1b2d' } }, 'warn host-name'],
  ['an open state directory', { state: { directory: { mode: 0o40755, uid: 0 } } }, 'warn state-directory'],
  ['a state directory of somebody else', { state: { directory: { mode: 0o40700, uid: 7 } } }, 'warn state-directory'],
  ['no state directory yet', { state: { directory: null } }, []],

  ['no container of SeaTable, and no command', { installation: { server: null } }, 'warn server-container'],
  [
    'no container of SeaTable, but a command',
    { installation: { server: null }, config: { stopCommand: ['systemctl', 'stop', 'seatable'] } },
    [],
  ],
  [
    'SeaTable stopped',
    { installation: { server: container('seatable-server', { running: false }) } },
    'fail server-container',
  ],
  ['a stopped helper', { installation: { writers: [container('seadoc', { running: false })] } }, []],
  ['conf left out', { config: { dataPaths: ['seafile-data'] } }, 'warn conf'],
  [
    'conf as an extra path',
    {
      config: { dataPaths: ['seafile-data'] },
      directories: { saved: ['/data/seafile-data', '/data/conf', '/opt/seatable-compose'] },
    },
    [],
  ],
  [
    'a directory that is not there, and one left out',
    { directories: { pathWarnings: [standing('data-paths', 'seahub-dta is not there')] } },
    'warn data-paths',
  ],
  [
    'a mount that is not saved',
    { directories: { mounts: [{ source: '/mnt/x', destination: '/shared/x' }] } },
    'warn mounts',
  ],
  [
    'a repository in what is saved',
    { directories: { ownPlaces: { message: 'it lies there', hint: 'move it' } } },
    'fail own-places',
  ],
  [
    'a link to what is not saved',
    { directories: { linksOut: [{ link: '/data/seafile-data/storage', to: '/mnt/x' }] } },
    'warn links',
  ],
  [
    'a mount whose name only begins like one that is saved',
    { directories: { mounts: [{ source: '/data/seafile-data2', destination: '/shared/x' }] } },
    'warn mounts',
  ],
  [
    'a compose directory that is not in the newest snapshot',
    { installation: { setupPaths: [{ what: 'compose directory', path: '/srv/seatable-compose', why: '' }] } },
    'warn setup',
  ],
  [
    'a compose directory that is too large',
    { installation: { setupWarnings: ['/opt holds too much.'] } },
    'warn setup',
  ],
  [
    'extra paths that are set, beside a compose directory that is too large',
    { config: { extraPaths: ['/opt/seatable-compose'] }, installation: { setupWarnings: ['/opt holds too much.'] } },
    [],
  ],
  [
    'data in a bucket',
    {
      installation: {
        buckets: [
          { directory: 'storage-data', holds: 'all', bucket: 'seatable', endpoint: null, customerKey: true, from: 'x' },
        ],
      },
    },
    'warn object-storage',
  ],
  ['a mount inside a directory', { directories: { unswappable: ['/data/x is a mount point'] } }, 'warn swap'],
  ['a directory that is a mount point', { directories: { mountPoints: ['seafile-data'] } }, []],

  ['a SeaTable that is newer than the snapshot', { bigData: { version: '6.2.0' } }, 'warn seatable-version'],
  ['a SeaTable whose version nothing tells', { bigData: { version: null } }, []],
  [
    'no archived rows and no backup of them',
    { bigData: { bases: 0, config: { ...bigData.config, backup: null } } },
    [],
  ],
  ['archived rows that only this tool has saved', { bigData: { config: { ...bigData.config, backup: null } } }, []],
  [
    'archived rows and no backup of them',
    { ...withBigData('absent'), bigData: { config: { ...bigData.config, backup: null } } },
    'warn big-data',
  ],
  ['big data that was not saved', withBigData('failed'), 'warn big-data'],
  [
    'big data that nobody saves and SeaTable never did',
    { ...withBigData('absent'), database: { newestBigDataBackup: null } },
    'warn big-data',
  ],
  [
    'big data before the first snapshot',
    { ...withManifest({ bigData: undefined }), database: { newestBigDataBackup: null } },
    [],
  ],
  [
    'big data before the first snapshot that SeaTable cannot be asked to save',
    {
      ...withManifest({ bigData: undefined }),
      bigData: { silence: { status: 'absent', detail: 'x' } },
      database: { newestBigDataBackup: null },
    },
    'warn big-data',
  ],
  [
    'big data that only SeaTable saves',
    { ...withBigData('absent'), database: { newestBigDataBackup: new Date(hoursAgo(30)) } },
    [],
  ],
  [
    'big data that SeaTable saved long ago',
    { ...withBigData('off'), database: { newestBigDataBackup: new Date(hoursAgo(50)) } },
    'warn big-data',
  ],
  [
    'a backup_interval in minutes',
    {
      bigData: {
        config: {
          ...bigData.config,
          backup: { storageServerUrl: 'x', every: { seconds: 1440 }, keep: { backups: 3 } },
        },
      },
    },
    'warn big-data-interval',
  ],

  [
    'a client of MySQL for MariaDB',
    {
      database: {
        programs: {
          flavour: 'mysql',
          client: 'mysql',
          dump: 'mysqldump',
          version: 'mysqldump  Ver 8.0.36 for Linux on x86_64',
        },
      },
    },
    'warn client',
  ],
  [
    'a client that is older than the server',
    {
      database: {
        programs: {
          ...healthy.database.programs,
          version: 'mariadb-dump  Ver 10.19 Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)',
        },
      },
    },
    'warn client',
  ],
  [
    'a database that is gone',
    {
      installation: { databaseNames: ['ccnet_db', 'dtable_db', 'lost_db'] },
      ...withManifest({
        databases: ['ccnet_db', 'dtable_db', 'lost_db'].map((name) => ({ name, bytes: 1, largestStatement: 1 })),
      }),
    },
    'fail databases',
  ],
  [
    'a user that may not dump',
    { database: { lacking: { dump: [lackingSelect], restore: ['SELECT'] } } },
    'fail privileges',
  ],
  [
    'rows that earlier snapshots had',
    withManifest({ losses: [{ what: 'dtable_db.dtables', before: 100, now: 2, since: hoursAgo(40) }] }),
    'warn loss',
  ],
  ['a user that may not restore', { database: { lacking: { dump: [], restore: ['CREATE USER'] } } }, 'warn privileges'],
  [
    'a variable that cuts every table',
    {
      database: {
        hostile: {
          variables: [{ name: 'sql_select_limit', value: '9', literal: '18446744073709551615', why: 'cuts tables' }],
          initConnect: null,
        },
      },
    },
    'fail variables',
  ],
  [
    'a server that runs a statement whenever the user connects',
    { database: { hostile: { variables: [], initConnect: 'CREATE TEMPORARY TABLE t (a int)' } } },
    'fail variables',
  ],
  [
    'a read-only server',
    { database: { loading: { ...healthy.database.loading, variables: new Map([['read_only', 'ON']]) } } },
    'warn loading',
  ],
  [
    'a password policy that asks for more than any password of ours has',
    {
      database: {
        loading: { ...healthy.database.loading, variables: new Map([['validate_password.special_char_count', '17']]) },
      },
    },
    'warn loading',
  ],
  [
    'an old MariaDB',
    {
      ...withManifest({ server: { version: '10.5.8-MariaDB', client: '' } }),
      database: {
        inventory: { ...healthy.database.inventory, serverVersion: '10.5.8-MariaDB' },
        programs: {
          ...healthy.database.programs,
          version: 'mariadb-dump  Ver 10.19 Distrib 10.5.8-MariaDB, for Linux',
        },
      },
    },
    'warn database-version',
  ],
  [
    'MySQL 8 with its own client',
    {
      ...withManifest({ server: { version: '8.0.36', client: '' } }),
      database: {
        inventory: { ...healthy.database.inventory, serverVersion: '8.0.36' },
        programs: {
          flavour: 'mysql',
          client: 'mysql',
          dump: 'mysqldump',
          version: 'mysqldump  Ver 8.0.36 for Linux on x86_64',
        },
      },
    },
    [],
  ],
  ['a packet that is too small', withInventory({ maxAllowedPacket: 1_000_500 }), 'fail max-allowed-packet'],
  [
    'a snapshot of a newer server',
    withManifest({ server: { version: '11.8.3-MariaDB', client: '' } }),
    'warn server-of-snapshot',
  ],
  ['a table that is not InnoDB', withDatabases({ tables: [table('old', 'MyISAM')] }), 'warn storage-engines'],
  ['a broken view', withDatabases({ brokenViews: ['v'] }), 'fail views'],
  ['a FLOAT column', withDatabases({ floatColumns: ['t.c'] }), 'warn exactness'],
  ['a foreign key into another database', withDatabases({ foreignKeysOut: ['t.k'] }), 'warn exactness'],
  ['operation_log somewhere else', withDatabases({}, { tables: [table('dtables')] }), 'warn operation-log'],
  ['the scheduler’s database', withInventory({ otherDatabases: ['scheduler'] }), 'warn other-databases'],
  [
    'a foreign key of another database',
    {
      database: {
        keysIn: [
          {
            database: 'crm',
            table: 'orders',
            name: 'user',
            columns: ['user_id'],
            referencedDatabase: 'ccnet_db',
            referencedTable: 'EmailUser',
            referencedColumns: ['id'],
            rules: '',
          },
        ],
      },
    },
    'warn foreign-keys-in',
  ],
  [
    'a table with a directory of its own',
    {
      database: {
        elsewhere: [
          { database: 'dtable_db', table: 'dtables', places: ["DATA DIRECTORY '/fast/'"], isDirectory: true },
          { database: 'dtable_db', table: 'other', places: ['tablespace fast'], isDirectory: false },
        ],
      },
    },
    'warn data-directories',
  ],
  ['Galera', withServer({ galera: true }), 'warn replication'],
  ['a replica', withServer({ replica: true }), 'warn replication'],
  ['replicas', withServer({ replicas: 2 }), 'warn replication'],
  ['a binary log', withServer({ binaryLog: true }), 'warn binary-log'],
  ['clocks that disagree', { database: { clockOffset: -61_000 } }, 'warn clock'],
  [
    'a snapshot of the future',
    {
      newest: {
        ...withSnapshot({ time: hoursAgo(-1) }).newest,
        ...withManifest({ instant: hoursAgo(-1), finished: hoursAgo(-1) }).newest,
      },
    },
    'warn clock',
  ],
  ['an aside database', withInventory({ otherDatabases: ['ccnet_db__aside'] }), 'warn aside-databases'],
  [
    'previous data that nothing tells of',
    withInventory({ otherDatabases: ['ccnet_db__previous'] }),
    'warn aside-databases',
  ],
  [
    'a drill at work',
    { ...withInventory({ otherDatabases: ['ccnet_db__drill'] }), state: { run: 'drill (process 77)' } },
    [],
  ],

  ['the repository on the disk of the data', { repository: { device: 1 } }, 'warn repository-disk'],
  ['a repository elsewhere', { repository: { device: null } }, []],
  ['a lock that is used', { repository: { locks: [lock] } }, []],
  ['a lock that nobody renews', { repository: { locks: [{ ...lock, time: hoursAgo(1) }] } }, 'warn repository-locks'],
  [
    'a lock of a process that is gone',
    { repository: { locks: [{ ...lock, hostname: 'server' }] } },
    'warn repository-locks',
  ],
  ['a lock of a process that runs', { repository: { locks: [{ ...lock, hostname: 'server', pid: 77 }] } }, []],
  ['three snapshots of three hosts', withHosts('a', 'b', 'c'), 'warn snapshot-hosts'],
  ['snapshots of an old and a new host', withHosts('a', 'a', 'b', 'b'), []],
  ['no snapshot', { newest: null }, 'fail snapshot-age'],
  ['a snapshot of 35 hours ago', withManifest({ instant: hoursAgo(35) }), []],
  ['a snapshot of 37 hours ago', withManifest({ instant: hoursAgo(37) }), 'warn snapshot-age'],
  ['a snapshot of 9 days ago', withManifest({ instant: hoursAgo(9 * 24) }), 'fail snapshot-age'],
  [
    'a snapshot that was never completed',
    { newest: { manifest: null, problem: 'it was never completed' } },
    'fail snapshot-whole',
  ],
  ['a snapshot without a path', withSnapshot({ paths: ['/var/lib/seatable-restic/staging'] }), 'fail snapshot-whole'],
  ['a snapshot of the folder above', withSnapshot({ paths: ['/var/lib/seatable-restic/staging', '/data'] }), []],
  [
    'a snapshot without a database',
    withManifest({ databases: [{ name: 'ccnet_db', bytes: 1, largestStatement: 1 }] }),
    'fail snapshot-whole',
  ],
  ['a snapshot of stale dumps', withManifest({ finished: hoursAgo(13) }), 'warn snapshot-whole'],
  [
    'a snapshot of which restic could not read everything',
    withSnapshot({ tags: ['seatable-partial'] }),
    'warn snapshot-whole',
  ],
  ['no drill ever', { state: { lastDrill: null } }, 'warn drill'],
  ['a drill of 36 days ago', { state: { lastDrill: { snapshot: 'x', at: hoursAgo(36 * 24) } } }, 'warn drill'],

  ['no room for the dumps', { state: { free: 100 * mib } }, 'fail room-for-dumps'],
  ['no room for the databases', { database: { free: 3 * 1024 * mib } }, 'warn room-for-databases'],
  ['a database server on another host', { database: { free: null } }, []],
  ['no room for the directories', { directories: { free: 11 * 1024 * mib } }, 'warn room-for-directories'],
  ['room for the directories when the dumps go elsewhere', { directories: { free: 11 * 1024 * mib, device: 2 } }, []],
  ['a snapshot of a restic that counts nothing', withSnapshot({ summary: null }), []],

  ['dumps that lie about', { state: { staged: ['ccnet_db.sql'] } }, 'warn dumps'],
  ['dumps of a backup at work', { state: { staged: ['ccnet_db.sql'], run: 'backup (process 77)' } }, []],
  ['nothing that makes backups', { schedule: { by: null, timer: null } }, 'warn schedule'],
  [
    'something that only drills',
    { schedule: { by: null, timer: null, callers: [{ what: 'cron', makesBackups: false }] } },
    'warn schedule',
  ],
  ['a timer that does not run', { schedule: { timer: { active: false, next: null } } }, 'warn schedule'],
  ['backups by two', { schedule: { callers: [{ what: 'cron', makesBackups: true }] } }, 'warn schedule'],
  ['backups left to a wrapper that is gone', { schedule: { withoutBackup: true } }, 'warn schedule'],
  ['an interrupted drill', { state: { journal: scratchJournal('drill', 'x', now, {}) } }, 'warn journal'],
  [
    'an interrupted swap',
    { state: { journal: swapJournal(scratchJournal('restore', 'x', now, {}), {}) } },
    'fail journal',
  ],
  [
    'a restore at work',
    { state: { journal: swapJournal(scratchJournal('restore', 'x', now, {}), {}), run: 'restore' } },
    [],
  ],
  ['an interrupted removal', { state: { dropping: true } }, 'warn journal'],
  [
    'previous data of last week',
    { state: { previous }, ...withInventory({ otherDatabases: ['ccnet_db__previous'] }) },
    'warn previous-data',
  ],
  [
    'what could not be removed',
    {
      state: {
        leftovers: { databases: [{ name: 'ccnet_db__previous', why: 'busy' }], directories: [], containers: [] },
      },
    },
    'warn leftovers',
  ],
  [
    'a database that could not be removed, which is told',
    {
      state: { leftovers: { databases: [{ name: 'ccnet_db__aside2', why: 'busy' }], directories: [], containers: [] } },
      ...withInventory({ otherDatabases: ['ccnet_db__aside2'] }),
    },
    'warn leftovers',
  ],
  [
    'a numbered database that nothing tells of',
    withInventory({ otherDatabases: ['ccnet_db__previous3'] }),
    'warn aside-databases',
  ],
  ['previous data of yesterday', { state: { previous: { ...previous, replacedAt: hoursAgo(24) } } }, []],
]

describe('is complained of, and of nothing else', () => {
  test.each(cases.filter(([, , expected]) => expected.length > 0))('%s', (_what, change, expected) => {
    expect(complaints(changed(change))).toEqual([expected].flat())
  })
})

describe('is nothing to complain of', () => {
  test.each(cases.filter(([, , expected]) => expected.length === 0))('%s', (_what, change) => {
    expect(complaints(changed(change))).toEqual([])
  })
})

test('every check but those that only tell can complain', () => {
  const complained = new Set(cases.flatMap(([, , expected]) => [expected].flat()).map((one) => one.split(' ')[1]))
  const onlyTells = [
    'settings',
    'engine',
    'installation',
    'database-container',
    'helper-containers',
    'data-directory',
    'database',
    'repository',
    'repository-password',
  ]
  expect(ids.filter((id) => !complained.has(id))).toEqual(onlyTells)
})

test('every complaint says what to do, and nothing that is well does', () => {
  const wrong = cases
    .flatMap(([, change]) => judged(changed(change)).themes.flatMap(({ findings }) => findings))
    .filter(({ status, message, hint }) => message === '' || (status === 'ok') !== (hint === null) || hint === '')
  expect(wrong).toEqual([])
})

test.each([
  ['10.5.24', false],
  ['10.5.25', true],
  ['10.10.9', false],
  ['10.11.7', false],
  ['10.11.8', true],
  ['11.3.2', false],
  ['11.4.1', false],
  ['11.4.2', true],
  ['11.5.0', true],
  ['12.0.0', true],
])('the dump program of MariaDB %s begins with a sandbox line: %s', (number, does) => {
  const version = `mariadb-dump from ${number}-MariaDB, client 10.19 for debian-linux-gnu (x86_64)`
  const programs = { ...healthy.database.programs, version }
  const findings = judged(changed({ database: { programs } })).themes.flatMap((one) => one.findings)
  const details = findings.find(({ id }) => id === 'client')?.details ?? []
  expect(details.some((line) => line.includes('sandbox line'))).toBe(does)
})

test('what cannot be found out is told once, and what needs it is left out', () => {
  const unreachable = {
    known: false,
    toldBy: 'repository',
    error: new UserError({ message: 'The repository cannot be reached', hint: 'Check the network.' }),
  } as const
  const facts = { repository: unreachable, newest: { ...unreachable, error: null } }
  expect(complaints(healthy, facts)).toEqual(['fail repository'])
  expect(judged(healthy, facts).ok).toBe(false)
  const { skipped } = judged(healthy, facts)
  expect(skipped).toContainEqual({ id: 'snapshot-age', because: 'repository' })
  expect(skipped.every(({ because }) => because === 'repository')).toBe(true)
})

test('docs/doctor.md explains every check, in this order, and no other', () => {
  const page = readFileSync('docs/doctor.md', 'utf8')
  expect([...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id]) => id)).toEqual(ids)
})

test('the facts of the checks are only those that they ask for', () => {
  const given = themes.flatMap(({ checks }) =>
    checks.map((check) => ({
      id: check.id,
      only: Object.fromEntries(check.needs.map((name) => [name, healthy[name]])) as unknown as Facts,
      check,
    })),
  )
  for (const { id, only, check } of given) expect(() => check.judge(only), id).not.toThrow()
})
