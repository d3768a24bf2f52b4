import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { endOf, errorOf, program, type TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { createSchema } from '../fixture/schema.ts'

await describeWith(['mariadb', 'restic', 'mounts'], 'without containers SeaTable is where its manuals have it', () => {
  let site: EmptySite
  let server: MariaDB
  let installation: TestInstallation
  let node: string

  beforeAll(async () => {
    site = await startEmptySite('known')
    ;({ server, installation } = site)
    await installation.set({ SEATABLE_RESTIC_DATA_DIR: null })
    await createSchema(server.sql)
    await installation.createRepository()
    // Some machines have it in the directory that is another one for these tests.
    node = process.execPath.startsWith('/opt/') ? join(site.folder, 'node') : process.execPath
    if (node !== process.execPath) await copyFile(process.execPath, node)
  })

  afterEach(() => rm(join(site.folder, 'opt'), { recursive: true }))

  afterAll(() => site.end())

  const lay = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(site.folder, 'opt', dirname(path)), { recursive: true })
      await writeFile(join(site.folder, 'opt', path), text)
    }
  }

  const data = (dataDir: string): Record<string, string> =>
    Object.fromEntries(
      ['seafile-data', 'seahub-data', 'storage-data', 'conf'].map((name) => [`${dataDir}/${name}/file`, '']),
    )

  /** The plan of a machine that has this folder as its `/opt`. */
  const plan = async () => {
    const command = [node, '--', program, 'backup', '--dry-run', '--json', '--env-file']
    return endOf(
      await execa(
        'unshare',
        [
          ...['--mount', 'sh', '-c', 'mount --bind "$1" /opt && shift && exec "$@"', 'sh', join(site.folder, 'opt')],
          ...[...command, installation.envFile],
        ],
        { env: { PATH: process.env.PATH, HOME: site.folder }, extendEnv: false, reject: false, stdin: 'ignore' },
      ),
    )
  }

  const planned = async (): Promise<string[]> => {
    const { exitCode, stdout, stderr } = await plan()
    expect(exitCode, stderr).toBe(0)
    return (JSON.parse(stdout) as { dataPaths: string[] }).dataPaths
  }

  test('today’s, with its compose directory, its licence and what Caddy keeps', async () => {
    await lay({
      ...data('seatable-server/seatable'),
      'seatable-compose/.env': "MARIADB_PASSWORD='secret'\n",
      'seatable-compose/seatable-server.yml': 'services: {}\n',
      'seatable-compose/seatable-license.txt': 'licence\n',
      'caddy/certificates/tables.example.com.crt': 'certificate\n',
    })
    expect(await planned()).toEqual([
      '/opt/seatable-server/seatable/seafile-data',
      '/opt/seatable-server/seatable/seahub-data',
      '/opt/seatable-server/seatable/storage-data',
      '/opt/seatable-server/seatable/conf',
      '/opt/seatable-compose',
      '/opt/caddy',
    ])
  })

  test('that of 2023, whose volume an env file names', async () => {
    await lay({
      ...data('tables/seatable'),
      'seatable/.env': 'SEATABLE_VOLUME=/opt/tables/\nSEATABLE_MYSQL_VOLUME=/opt/seatable/mysql-data\n',
      'seatable/docker-compose.yml': 'services: {}\n',
      'seatable/mysql-data/ibdata1': '',
      'tables/seatable-license.txt': 'licence\n',
    })
    expect((await planned()).slice(2)).toEqual([
      '/opt/tables/seatable/storage-data',
      '/opt/tables/seatable/conf',
      '/opt/seatable/docker-compose.yml',
      '/opt/seatable/.env',
      '/opt/tables/seatable-license.txt',
    ])
  })

  test('and where an old one has been left beside it, neither is guessed', async () => {
    await lay({ ...data('seatable-server/seatable'), ...data('seatable/seatable-data/seatable') })
    const { exitCode, stderr } = await plan()
    expect(exitCode).toBe(2)
    expect(errorOf(stderr)).toMatchObject({
      message: expect.stringMatching(/: \/opt\/seatable-server\/seatable, \/opt\/seatable\/seatable-data\/seatable$/),
      hint: expect.stringContaining('SEATABLE_RESTIC_DATA_DIR'),
    })
  })
})
