import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { UserError } from '../../../src/errors.ts'
import { findInstallation } from '../../../src/seatable/find/installation.ts'
import { findSources } from '../../../src/seatable/sources.ts'
import {
  createContainers,
  generationA,
  generationB,
  generationC,
  generationD,
  generationE,
  generationF,
  imagesOf,
  type Layout,
  layOut,
  rootPassword,
  thirdParty,
} from '../../environment/generations.ts'
import { type PrivateDocker, startPrivateDocker } from '../../environment/private-docker.ts'
import { describeWith } from '../../environment/requirements.ts'

const layouts = { A: generationA, B: generationB, C: generationC, D: generationD, E: generationE, F: generationF }

await describeWith(['docker', 'root'], 'an installation is found', () => {
  let folder: string
  let daemon: PrivateDocker
  let root: string
  let roots = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'st-'))
    daemon = await startPrivateDocker(join(folder, 'docker'))
    await daemon.addEmptyImages([
      ...imagesOf([...Object.values(layouts), thirdParty]),
      'seafileltd/seafile-mc:11',
      'example.com/own:1',
    ])
    const docker = (await execa('sh', ['-c', 'command -v docker'])).stdout
    await mkdir(join(folder, 'programs'))
    await symlink(docker, join(folder, 'programs', 'docker'))
  })

  afterEach(() => daemon.removeContainers())

  afterAll(async () => {
    await daemon.end()
    await execa('rm', ['-rf', folder])
  })

  const make = async (layout: Layout): Promise<void> => {
    root = join(folder, `host-${++roots}`)
    await layOut(root, layout)
    await createContainers(daemon, root, layout)
  }

  /** What is configured, where nothing but docker is installed. */
  const configOf = async (settings: Readonly<Record<string, string>> = {}): Promise<Config> => {
    const named = Object.entries(settings).map(([name, value]) => [`SEATABLE_RESTIC_${name}`, value])
    const { config } = await loadConfig({
      environment: { PATH: join(folder, 'programs'), ...daemon.environment, ...Object.fromEntries(named) },
      hostname: 'here',
      uid: 0,
      defaultEnvFile: join(folder, 'no such file'),
    })
    return config
  }

  const find = async (settings: Readonly<Record<string, string>> = {}) => findInstallation(await configOf(settings))

  const sources = async (settings: Readonly<Record<string, string>> = {}) => {
    const config = await configOf(settings)
    const found = await findSources(config, await findInstallation(config))
    return { ...found, warnings: found.warnings.map(({ say, about }) => say(about)) }
  }

  const refusal = async (found: Promise<unknown>): Promise<{ message: string; hint: string }> => {
    const error = await found.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(UserError)
    return error as UserError
  }

  const namesOf = (placed: readonly { readonly container: { readonly name: string } }[]) =>
    placed.map(({ container }) => container.name)

  test.each([
    ['A', 'seatable', 'seatable-mysql', '/opt/seatable/seatable-data/seatable'],
    ['B', 'seatable', 'seatable-mysql', '/opt/seatable-server/seatable'],
    ['C', 'seatable-server', 'mariadb', '/opt/seatable-server/seatable'],
    ['D', 'seatable-server', 'mariadb', '/opt/seatable-server/seatable'],
    ['E', 'seatable-server', 'mariadb', '/opt/seatable-server/seatable'],
    ['F', 'seatable-server', 'mariadb', '/opt/seatable-server/seatable'],
  ] as const)('of the layout %s', async (generation, server, database, dataDir) => {
    const layout = layouts[generation]
    await make(layout)
    const found = await find()
    expect(found).toMatchObject({
      generation,
      server: { cli: 'docker', container: { name: server } },
      database: { engine: 'docker', container: database },
      databaseNames: ['ccnet_db', 'seafile_db', 'dtable_db'],
      dataDir: join(root, dataDir),
      externalDatabase: null,
      buckets: [],
      compose: {
        project: layout.server.project,
        directory: join(root, layout.composeDir),
        files: expect.arrayContaining(layout.composeFiles.map((name) => join(root, layout.composeDir, name))),
      },
    })
    expect(found.licence).toMatch(/seatable-license\.txt$/)
    const own = layout.others.filter(({ project }) => project === layout.server.project).map(({ name }) => name)
    expect([...namesOf(found.writers), ...namesOf(found.caches)].sort()).toEqual(
      [server, ...own.filter((name) => name !== 'caddy')].sort(),
    )
    expect(namesOf(found.writers).at(-1)).toBe(server)
  })

  test('with what and why, and no secret', async () => {
    await make(generationE)
    const { findings } = await find()
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'server container', value: 'seatable-server (docker)' }),
        expect.objectContaining({
          what: 'database',
          value: 'mariadb (docker)',
          why: expect.stringContaining('seatable-server is told mariadb by SEATABLE_MYSQL_DB_HOST'),
        }),
      ]),
    )
    for (const { what, value, why } of findings) expect([what, value, why]).not.toContain('')
    const text = JSON.stringify(findings)
    for (const secret of [rootPassword, 'redis password', 'private key', 'secret key'])
      expect(text).not.toContain(secret)
  })

  test('that somebody else has composed: names of a project, volumes, databases of other names', async () => {
    await make(thirdParty)
    const volumes = join(folder, 'docker', 'data', 'volumes')
    const found = await find()
    expect(found).toMatchObject({
      server: { container: { name: 'tables-app-1' } },
      database: { container: 'tables-database-1' },
      databaseNames: ['tables_ccnet', 'tables_seafile', 'tables_dtable'],
      dataDir: join(volumes, 'tables_shared', '_data', 'seatable'),
      elsewhere: [{ name: 'storage-data', path: join(volumes, 'tables_storage', '_data') }],
      compose: null,
    })
  })

  test('whose names of databases are in its conf', async () => {
    await make(generationA)
    const conf = join(root, 'opt/seatable/seatable-data/seatable/conf')
    await mkdir(conf)
    await writeFile(join(conf, 'ccnet.conf'), '[Database]\nENGINE = mysql\nDB = st_ccnet\n')
    await writeFile(join(conf, 'seafile.conf'), '[database]\ndb_name=st_seafile\npassword = "a;b#c"\n')
    expect((await find()).databaseNames).toEqual(['st_ccnet', 'st_seafile', 'dtable_db'])
    expect((await find({ DATABASES: 'one two' })).databaseNames).toEqual(['one', 'two'])
    await writeFile(join(conf, 'seafile.conf'), '[database]\ndb_name=mysql\n')
    expect(await refusal(find())).toMatchObject({
      message: expect.stringContaining('names a database that cannot be SeaTable’s: "mysql"'),
      hint: expect.stringContaining('SEATABLE_RESTIC_DATABASES'),
    })
  })

  test('of two, when one is named; otherwise both are named, and the setting', async () => {
    await make(generationD)
    const other = {
      ...thirdParty,
      others: [{ name: 'tables-redis-1', image: 'redis:7.2.7', service: 'redis', project: 'tables' }],
    }
    await make(other)
    expect(await refusal(find())).toMatchObject({
      message: expect.stringMatching(/server: (seatable-server, tables-app-1|tables-app-1, seatable-server)$/),
      hint: expect.stringContaining('SEATABLE_RESTIC_SERVER_CONTAINER'),
    })
    const found = await find({ SERVER_CONTAINER: 'tables-app-1' })
    expect(found.database).toEqual({ engine: 'docker', container: 'tables-database-1' })
    expect(namesOf(found.writers)).toEqual(['tables-app-1'])
    expect(namesOf(found.caches)).toEqual(['tables-redis-1'])
  })

  test('and of two databases none is guessed where there is no server', async () => {
    await make({ ...thirdParty, server: thirdParty.others[0] ?? thirdParty.server, others: [] })
    expect(await refusal(find())).toMatchObject({
      message: expect.stringMatching(
        /More than one container may be SeaTable’s database: .*-database-1, .*-database-1$/,
      ),
      hint: expect.stringContaining('SEATABLE_RESTIC_DB_CONTAINER'),
    })
  })

  test('with a database on its host outside of containers only as it is told to be', async () => {
    const environment = { ...generationA.server.environment, DB_HOST: 'host.docker.internal' }
    const { database: _, ...layout } = generationA
    await make({ ...layout, server: { ...layout.server, environment } })
    expect((await refusal(find())).hint).toContain('SEATABLE_RESTIC_DB_HOST=127.0.0.1')
  })

  test('with a database on another host only as it is told to be', async () => {
    const environment = { ...generationD.server.environment, SEATABLE_MYSQL_DB_HOST: 'db.example.com' }
    const { database: _, ...layout } = generationD
    await make({ ...layout, server: { ...layout.server, environment } })
    expect(await refusal(find())).toMatchObject({
      message: expect.stringContaining('seatable-server uses the database server db.example.com'),
      hint: expect.stringContaining(
        'Set SEATABLE_RESTIC_ENGINE=none, SEATABLE_RESTIC_DB_HOST=db.example.com, SEATABLE_RESTIC_DB_PORT=3306',
      ),
    })
    expect(await find({ ENGINE: 'none', DB_HOST: 'db.example.com' })).toMatchObject({
      server: { container: { name: 'seatable-server' } },
      database: { engine: 'none' },
      externalDatabase: { host: 'db.example.com', port: 3306 },
    })
  })

  test('under a name and an image of its own by the data that it mounts, and Seafile is not taken for it', async () => {
    const server = { name: 'own', image: 'example.com/own:1', mounts: { '/shared': '/srv/tables' } }
    const seafile = { name: 'seafile', image: 'seafileltd/seafile-mc:11', mounts: { '/shared': '/opt/seafile-data' } }
    const layout = { ...generationA, server, others: [seafile], files: { '/srv/tables/seatable/storage-data/x': '' } }
    await make(layout)
    expect(await find()).toMatchObject({
      server: { container: { name: 'own' } },
      dataDir: join(root, 'srv/tables/seatable'),
    })
  })

  test('with the buckets of its conf files, and without what is in them', async () => {
    await make(generationA)
    const data = join(root, 'opt/seatable/seatable-data/seatable')
    for (const name of ['conf', 'seahub-data', 'seafile-data']) await mkdir(join(data, name), { recursive: true })
    await writeFile(
      join(data, 'conf/dtable-storage-server.conf'),
      '[storage backend]\ntype = s3\nbucket = bases\nhost = s3.example.com\nkey = hidden\nsse_c_key = hidden\n',
    )
    await writeFile(join(data, 'conf/seafile.conf'), '[block_backend]\nname = s3\nbucket = blocks\nkey = hidden\n')
    const { dataPaths, warnings } = await sources()
    expect(dataPaths.map(({ name }) => name)).toEqual(['seafile-data', 'seahub-data', 'conf'])
    expect(warnings).toEqual([
      expect.stringContaining('storage-data in the bucket bases at s3.example.com (conf/dtable-storage-server.conf)'),
      expect.stringContaining('blocks of seafile-data in the bucket blocks (conf/seafile.conf)'),
      expect.stringContaining('bases are encrypted with an SSE-C key'),
    ])
    expect(warnings.join()).not.toContain('hidden')
  })

  test('unless its storage server writes into the container itself', async () => {
    const environment = { ...generationE.server.environment, STORAGE_SERVER_FS_PATH: '/var/storage' }
    await make({ ...generationE, server: { ...generationE.server, environment } })
    for (const name of ['seafile-data', 'seahub-data'])
      await mkdir(join(root, 'opt/seatable-server/seatable', name), { recursive: true })
    expect(await refusal(sources())).toMatchObject({
      message: expect.stringMatching(/storage-data is not on this host: STORAGE_SERVER_FS_PATH says \/var\/storage/),
      hint: expect.stringContaining('mount a volume'),
    })
  })

  test('with what a bare machine needs, unless that is configured', async () => {
    await make(generationC)
    const data = join(root, 'opt/seatable-server/seatable')
    for (const name of ['seafile-data', 'seahub-data']) await mkdir(join(data, name), { recursive: true })
    await mkdir(join(root, 'srv/disk/seatable'), { recursive: true })
    const compose = join(root, 'opt/seatable-compose')
    expect((await sources()).extraPaths).toEqual([compose, join(root, 'opt/caddy')])
    expect((await sources({ EXTRA_PATHS: 'none' })).extraPaths).toEqual([])
    expect((await sources({ EXTRA_PATHS: '/usr' })).extraPaths).toEqual(['/usr'])
    // What is large is somebody's data.
    await writeFile(join(compose, 'image.tar'), Buffer.alloc(65 * 1024 * 1024))
    const large = await sources()
    expect(large.warnings).toEqual([
      `${compose} holds more than 2000 files, 64 MB, or a database: only the compose files of it are saved. Name what is to be saved in SEATABLE_RESTIC_EXTRA_PATHS.`,
    ])
    expect(large.extraPaths).toEqual([
      join(compose, 'caddy.yml'),
      join(compose, 'seatable-server.yml'),
      join(compose, '.env'),
      join(compose, 'seatable-license.txt'),
      join(root, 'opt/caddy'),
    ])
    await execa('truncate', ['--size=0', join(compose, 'image.tar')])
    expect((await sources({ STATE_DIR: join(compose, 'state') })).extraPaths).not.toContain(compose)
  })

  test('only when a docker that is installed answers, or is said to have nothing to do with it', async () => {
    const silent = { ...(await configOf({ ENGINE: 'none' })) }
    const environment = { ...silent.environment, tools: { ...silent.environment.tools, DOCKER_HOST: 'unix:///none' } }
    expect(await refusal(findInstallation({ ...silent, environment }))).toMatchObject({
      message: expect.stringMatching(
        /^docker does not answer: .*: whether SeaTable runs in one of its containers cannot be told/,
      ),
      hint: expect.stringContaining('SEATABLE_RESTIC_SERVER_CONTAINER=none'),
    })
    expect(await findInstallation({ ...silent, environment, serverContainer: 'none' })).toMatchObject({ server: null })
    const without = { ...environment, tools: { ...environment.tools, PATH: '/nowhere' } }
    expect(await refusal(findInstallation({ ...silent, engine: 'podman', environment: without }))).toMatchObject({
      message: 'SEATABLE_RESTIC_ENGINE is podman, and there is no podman on the PATH',
      exitCode: 2,
    })
    expect(await findInstallation({ ...silent, environment: without })).toMatchObject({ server: null, dataDir: null })
  })
})
