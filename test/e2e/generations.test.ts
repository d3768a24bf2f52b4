import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  generationA,
  generationC,
  generationD,
  imagesOf,
  type Layout,
  layOut,
  type StartedLayout,
  startContainers,
  startServer,
} from '../environment/generations.ts'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import { type PrivateDocker, startPrivateDocker } from '../environment/private-docker.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { damage } from '../fixture/damage.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureFiles } from '../fixture/state/files.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'

interface Plan {
  readonly place: string
  readonly databases: readonly { readonly name: string }[]
  readonly dataPaths: readonly string[]
  readonly warnings: readonly string[]
}

await describeWith(['docker', 'restic', 'root'], 'with no settings but those of restic', () => {
  let folder: string
  let daemon: PrivateDocker

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'st-'))
    daemon = await startPrivateDocker(join(folder, 'docker'))
    // What this process runs is meant for that daemon as well.
    process.env.DOCKER_HOST = daemon.environment.DOCKER_HOST
    await daemon.addImages(imagesOf([generationA, generationC, generationD]))
  })

  afterAll(async () => {
    await daemon.end()
    await execa('rm', ['-rf', folder])
  })

  /** A layout that runs, with data in it, and what a backup of it is made with. */
  const start = async (name: string, layout: Layout, dataPath: string) => {
    const root = join(folder, name)
    const dataDir = join(root, dataPath)
    await createTree(dataDir, { files: 20 })
    await layOut(root, layout)
    const started = await startContainers(daemon, root, layout, dataDir)
    await createSchema(started.database.sql)
    await fillSchema(started.database.sql)
    const installation = await createInstallation({ dir: join(root, 'backup'), settings: {} })
    await installation.set({ SEATABLE_RESTIC_DATA_DIR: null, SEATABLE_RESTIC_SERVER_CONTAINER: null })
    await installation.createRepository()
    const programs = await shim(join(root, 'programs'), 'podman', 'exit 1', 'none')
    const { run } = installation.within({ ...daemon.environment, ...pathWith(programs) })
    const json = async <Document>(...args: string[]): Promise<Document> => {
      const { exitCode, stdout, stderr } = await run(...args, '--json')
      if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}:\n${stderr}`)
      return JSON.parse(stdout) as Document
    }
    return { root, dataDir, ...started, installation, run, json }
  }

  type Started = Awaited<ReturnType<typeof start>>

  const end = async ({ database, server }: StartedLayout, { others }: Layout) => {
    await database.remove()
    await server.remove()
    await daemon.docker('rm', '--force', ...others.map(({ name }) => name))
  }

  const stateOf = ({ database, dataDir }: Started): Promise<State> => captureState(database.sql, dataDir)

  const filesOf = async ({ restic }: TestInstallation, snapshot: string): Promise<string[]> =>
    (await restic('ls', snapshot)).stdout.split('\n')

  /** After a bad day, which conf has not outlived. */
  const damageAndRestore = async ({ json, server, database, dataDir }: Started, snapshot: string) => {
    const before = await server.starts()
    await damage(database.sql, dataDir)
    await rm(join(dataDir, 'conf'), { recursive: true })
    await json('restore', snapshot, '--yes')
    await json('drop-previous', '--yes')
    expect(await server.running()).toBe(true)
    expect(await server.starts()).toBe(before + 1)
  }

  /** The repository is on the same disk here, and was never drilled; which restic there is, is for the machine to say. */
  const notOfSeaTable = ['restic', 'repository-disk', 'drill']

  /** What doctor complains of. */
  const complaints = async ({ json }: Started): Promise<string[]> => {
    const { checks } = await json<{ checks: { id: string; status: string; message: string }[] }>('doctor')
    return checks
      .filter(({ id, status }) => status !== 'ok' && !notOfSeaTable.includes(id))
      .map(({ id, message }) => `${id}: ${message}`)
  }

  describe('a SeaTable of 2021 to 4.2 in /opt/seatable', () => {
    let seatable: Started

    beforeAll(async () => {
      seatable = await start('a', generationA, '/opt/seatable/seatable-data/seatable')
    })

    afterAll(() => end(seatable, generationA))

    test('is found, with its compose file, its licence and its certificates', async () => {
      const { root, json } = seatable
      const { place, databases, dataPaths, warnings } = await json<Plan>('backup', '--dry-run')
      expect(place).toBe('container seatable-mysql')
      expect(databases.map(({ name }) => name)).toEqual(['ccnet_db', 'seafile_db', 'dtable_db'])
      expect(dataPaths.map((path) => path.replace(`${root}/opt/seatable/`, ''))).toEqual([
        'seatable-data/seatable/seafile-data',
        'seatable-data/seatable/seahub-data',
        'seatable-data/seatable/storage-data',
        'seatable-data/seatable/conf',
        'docker-compose.yml',
        'seatable-data/seatable/seatable-license.txt',
        'seatable-data/ssl',
      ])
      expect(warnings).toEqual([])
    })

    test('is backed up, and restored as it was', async () => {
      const { json, run, dataDir, installation } = seatable
      const { snapshot } = await json<{ snapshot: string }>('backup')
      const first = await stateOf(seatable)
      await damageAndRestore(seatable, snapshot)
      expect(diffStates(first, await stateOf(seatable))).toEqual([])
      expect(await complaints(seatable)).toEqual([])
      // Nor is anything restored to where SeaTable does not look without saying so.
      await writeFile(join(dataDir, 'conf/dtable-events.conf'), '[DATABASE]\ndb_name = tables\n')
      const { stderr } = await run('restore', snapshot, '--dry-run')
      const unseen = /seatable uses the databases ccnet_db, seafile_db, tables: it will not see dtable_db/
      expect(stderr).toMatch(unseen)
      // Neither by a hook, which has read nothing but names when it says so.
      const { stdout: landing } = await run('hook', 'pre-restore')
      const landed = join(landing.trim(), installation.stateDir, 'staging')
      const includes = ['manifest.json', 'dtable_db.sql'].flatMap((name) => [
        '--include',
        join(installation.stateDir, 'staging', name),
      ])
      await installation.restic('restore', snapshot, '--target', landing.trim(), ...includes)
      await writeFile(join(landed, 'dtable_db.sql'), '')
      const hooked = await run('hook', 'post-restore')
      expect(hooked.exitCode).toBe(1)
      expect(hooked.stderr).toMatch(unseen)
    })
  })

  describe('a SeaTable of 4.2 to 5.2 whose storage server has a disk of its own', () => {
    let seatable: Started

    beforeAll(async () => {
      seatable = await start('c', generationC, '/opt/seatable-server/seatable')
      const { root, dataDir } = seatable
      await mkdir(join(root, 'srv/disk/seatable'), { recursive: true })
      await cp(join(dataDir, 'storage-data'), join(root, 'srv/disk/seatable'), { recursive: true })
      await rm(join(dataDir, 'storage-data'), { recursive: true })
    })

    afterAll(() => end(seatable, generationC))

    test('is found, with that disk, its compose directory and what Caddy keeps', async () => {
      const { root, json } = seatable
      const { place, dataPaths, warnings } = await json<Plan>('backup', '--dry-run')
      expect(place).toBe('container mariadb')
      expect(dataPaths.map((path) => path.replace(root, ''))).toEqual([
        '/opt/seatable-server/seatable/seafile-data',
        '/opt/seatable-server/seatable/seahub-data',
        '/srv/disk/seatable',
        '/opt/seatable-server/seatable/conf',
        '/opt/seatable-compose',
        '/opt/caddy',
      ])
      expect(warnings).toEqual([])
    })

    test('is backed up, and restored as it was, each part in its place', async () => {
      const { root, json, installation, dataDir } = seatable
      const { snapshot } = await json<{ snapshot: string }>('backup')
      expect(await filesOf(installation, snapshot)).toEqual(
        expect.arrayContaining([
          join(root, 'opt/seatable-compose/.env'),
          join(root, 'opt/seatable-compose/seatable-license.txt'),
          join(root, 'opt/caddy/certificates/tables.example.com.crt'),
        ]),
      )
      const disk = join(root, 'srv/disk')
      const [first, firstDisk] = [await stateOf(seatable), await captureFiles(disk)]
      await rm(join(disk, 'seatable'), { recursive: true })
      await damageAndRestore(seatable, snapshot)
      // What the damage has put where this SeaTable has nothing.
      await rm(join(dataDir, 'storage-data'), { recursive: true })
      expect(diffStates(first, await stateOf(seatable))).toEqual([])
      expect(await captureFiles(disk)).toEqual(firstDisk)
      expect(await complaints(seatable)).toEqual([])
    })
  })

  describe('a SeaTable of 5.3 to 6.1 beside containers of somebody else', () => {
    let seatable: Started

    beforeAll(async () => {
      seatable = await start('d', generationD, '/opt/seatable-server/seatable')
    })

    afterAll(() => end(seatable, generationD))

    test('is backed up, and restored as it was; only its own containers are stopped', async () => {
      const { root, json, startedAt } = seatable
      const { place, dataPaths } = await json<Plan>('backup', '--dry-run')
      expect(place).toBe('container mariadb')
      expect(dataPaths.at(-1)).toBe(join(root, 'opt/seatable-compose'))
      const { snapshot, warnings } = await json<{ snapshot: string; warnings: string[] }>('backup')
      expect(warnings).toEqual([])
      const first = await stateOf(seatable)
      const plan = await json<{ stops: string[] }>('restore', snapshot, '--dry-run')
      expect(plan.stops).toEqual(['python-starter', 'python-scheduler', 'seatable-server'])
      const starts = new Map<string, string>()
      for (const { name } of generationD.others) starts.set(name, await startedAt(name))
      await damageAndRestore(seatable, snapshot)
      expect(diffStates(first, await stateOf(seatable))).toEqual([])
      const again: string[] = []
      for (const { name } of generationD.others) if ((await startedAt(name)) !== starts.get(name)) again.push(name)
      expect(again).toEqual(['redis', 'python-scheduler', 'python-starter'])
      expect(await complaints(seatable)).toEqual([])
    })

    test('that keeps its data in buckets needs no directories for it, and every backup names the buckets', async () => {
      const { root, json, dataDir, server } = seatable
      await server.remove()
      const environment = {
        ...generationD.server.environment,
        STORAGE_TYPE: 's3',
        S3_STORAGE_BUCKET: 'tables-storage',
        S3_COMMIT_BUCKET: 'tables-commits',
        S3_FS_BUCKET: 'tables-fs',
        S3_BLOCK_BUCKET: 'tables-blocks',
        S3_HOST: 's3.example.com',
        S3_SECRET_KEY: 'secret of the buckets',
        S3_SSE_C_KEY: 'key of the buckets',
      }
      seatable = {
        ...seatable,
        server: await startServer(root, generationD, { ...generationD.server, environment }, dataDir),
      }
      await rm(join(dataDir, 'storage-data'), { recursive: true })
      await rm(join(dataDir, 'seafile-data'), { recursive: true })
      const plan = await json<Plan>('backup', '--dry-run')
      const { dataPaths, warnings } = await json<Plan>('backup')
      expect(dataPaths).toEqual(plan.dataPaths)
      expect(warnings).toEqual(expect.arrayContaining([...plan.warnings]))
      expect(plan.warnings).toEqual([
        ...[
          ['storage-data', 'tables-storage'],
          ['commits of seafile-data', 'tables-commits'],
          ['fs of seafile-data', 'tables-fs'],
          ['blocks of seafile-data', 'tables-blocks'],
        ].map(([what, bucket]) =>
          expect.stringContaining(`NOT SAVED: ${what} in the bucket ${bucket} at s3.example.com`),
        ),
        expect.stringMatching(/tables-storage, .* are encrypted with an SSE-C key: keep a copy/),
      ])
      expect(JSON.stringify(plan)).not.toMatch(/(secret|key) of the buckets/)
      expect(await complaints(seatable)).toEqual([expect.stringMatching(/^object-storage: NOT SAVED.*tables-storage/)])
    })
  })
})
