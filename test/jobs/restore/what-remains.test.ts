import { expect, test } from 'vitest'
import { bringsBackups } from '../../../src/jobs/big-data/plan.ts'
import { type Restoring, whatRemains } from '../../../src/jobs/restore/what-remains.ts'
import type { Installation } from '../../../src/seatable/find/installation.ts'
import type { Manifest } from '../../../src/staging/manifest.ts'

const saved = { version: '6.1.3', url: 'https://old.example.com' }
const server = { cli: 'docker', container: { name: 'seatable-server' } } as NonNullable<Installation['server']>

/** A restore in its own place, with what is different. */
const restoring = (change: {
  readonly now?: Restoring['compared']['now']
  readonly sameSchema?: boolean
  readonly server?: Installation['server']
  readonly isNew?: boolean
  readonly extraPaths?: readonly string[]
  readonly directories?: readonly string[]
}): Restoring => ({
  manifest: { extraPaths: change.extraPaths ?? [] } as unknown as Manifest,
  compared: { saved, now: change.now ?? saved, sameSchema: change.sameSchema ?? true },
  installation: { server: change.server === undefined ? server : change.server } as Installation,
  databases: [{ name: 'dtable_db', exists: !(change.isNew ?? false) }],
  directories: (change.directories ?? ['storage-data']).map((name) => ({ name })),
})

test('nothing remains to be done where SeaTable is restored in its own place', async () => {
  expect(await whatRemains(restoring({}))).toEqual([])
})

test('another address is told with the command that replaces it', async () => {
  const [sentence, ...more] = await whatRemains(
    restoring({ now: { version: '6.1.3', url: 'https://new.example.com' } }),
  )
  expect(sentence).toContain(
    'docker exec seatable-server /opt/seatable/scripts/seatable.sh python-env /opt/seatable/seatable-server-latest/dtable-web/manage.py domain_transfer -all -od https://old.example.com -nd https://new.example.com',
  )
  expect(more).toEqual([])
})

test('a user of podman is told the command of podman', async () => {
  const now = { version: '6.1.3', url: 'https://new.example.com' }
  const ofPodman = { cli: 'podman', container: { name: 'tables' } } as NonNullable<Installation['server']>
  const [sentence] = await whatRemains(restoring({ now, server: ofPodman }))
  expect(sentence).toContain('podman exec tables /opt/seatable/scripts/seatable.sh python-env')
  expect(sentence).not.toContain('docker')
})

test('another schema is told with the upgrade that it needs', async () => {
  const now = { version: '6.2.0', url: saved.url }
  expect(await whatRemains(restoring({ now, sameSchema: false }))).toEqual([
    expect.stringMatching(/those of SeaTable 6\.1\.3: before SeaTable 6\.2\.0 is used, upgrade them/),
  ])
})

test('on a new machine: the version, users, paths that are not here, keys, the address', async () => {
  const here = process.cwd()
  const sentences = await whatRemains(
    restoring({
      isNew: true,
      server: null,
      now: { version: null, url: null },
      extraPaths: ['/nowhere/seatable-compose', here],
    }),
  )
  expect(sentences).toEqual([
    expect.stringContaining('Install SeaTable 6.1.3'),
    expect.stringContaining('users are in no dump'),
    expect.stringMatching(/in their places before SeaTable starts: \/nowhere\/seatable-compose\. /),
    expect.stringContaining('SECRET_KEY'),
    expect.stringContaining('https://old.example.com'),
  ])
})

test('a conf that is restored must fit the database server', async () => {
  expect(await whatRemains(restoring({ directories: ['conf'] }))).toEqual([expect.stringMatching(/^conf is that of/)])
})

const list = (rows: number, name = 'storage_server_dtable_backups_v2') => ({ name, rows })

test.each([
  ['a list with backups, and storage-data', { tables: [list(3)] }, true],
  ['the list of older versions', { tables: [list(3, 'storage_server_dtable_backups')] }, true],
  ['an empty list', { tables: [list(0)] }, false],
  ['no list, and SeaTable has saved', { tables: [], status: 'saved' }, true],
  ['no list, and SeaTable was not asked', { tables: [], status: 'absent' }, false],
  ['a list, and storage-data that is not restored', { tables: [list(3)], directories: [] }, false],
  ['a list, and storage-data in a bucket', { tables: [list(3)], paths: ['seahub-data'], directories: [] }, true],
  ['a list in a database that is not restored', { tables: [list(3)], databases: [] }, false],
  ['db-data itself', { tables: [list(3)], paths: ['storage-data', 'db-data'] }, false],
])('big data is in a snapshot with %s: %o is %s', (_, snapshot, is) => {
  const {
    tables,
    status,
    paths = ['storage-data'],
    directories = ['storage-data'],
    databases = ['dtable_db'],
  } = snapshot as {
    tables: readonly { name: string; rows: number }[]
    status?: string
    paths?: string[]
    directories?: string[]
    databases?: string[]
  }
  const named = (names: readonly string[]) => names.map((name) => ({ name, path: `/data/${name}` }))
  const manifest = {
    databases: [{ name: 'dtable_db', tables }],
    dataPaths: named(paths),
    ...(status === undefined ? {} : { bigData: { status } }),
  } as unknown as Manifest
  const parts = {
    databases: manifest.databases.filter(({ name }) => databases.includes(name)),
    directories: named(directories),
  }
  expect(bringsBackups(manifest, parts)).toBe(is)
})
