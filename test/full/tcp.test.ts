import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { makeCertificates } from '../environment/certificates.ts'
import { startDatabaseContainer } from '../environment/container.ts'
import { freePort } from '../environment/free-port.ts'
import { ensureImage } from '../environment/image.ts'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import { startMariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { shim } from '../environment/shim.ts'
import { type CycleSite, testWholeCycle } from '../environment/whole-cycle.ts'
import { createSchema } from '../fixture/schema.ts'
import { createTree } from '../fixture/tree.ts'

const password = 'p w*d"$\\#'

const createAdministrator = `CREATE USER admin@'%' IDENTIFIED BY 'p w*d"$\\\\#' REQUIRE SSL;
GRANT ALL PRIVILEGES ON *.* TO admin@'%' WITH GRANT OPTION;`

/** A server on 127.0.0.1 that refuses whoever does not encrypt, and an installation that knows its certificate. */
const overTcp = async (start: (folder: string, args: readonly string[]) => Promise<Server>): Promise<CycleSite> => {
  const folder = await mkdtemp(join(tmpdir(), 'tcp-'))
  const { ca, cert, key } = await makeCertificates(join(folder, 'certificates'))
  const port = await freePort()
  const server = await start(folder, [
    ...['--bind-address=127.0.0.1', `--port=${port}`, '--require-secure-transport=ON'],
    ...[`--ssl-ca=${ca}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`],
  ])
  await server.sql(createAdministrator)
  const installation = await createInstallation({
    dir: join(folder, 'installation'),
    settings: {
      SEATABLE_RESTIC_ENGINE: 'none',
      SEATABLE_RESTIC_DB_HOST: '127.0.0.1',
      SEATABLE_RESTIC_DB_PORT: `${port}`,
      SEATABLE_RESTIC_DB_USER: 'admin',
    },
  })
  const verify = server.client === 'mysql' ? 'ssl-mode=VERIFY_CA' : 'ssl-verify-server-cert'
  const lines = ['[client]', `ssl-ca=${ca}`, verify, `password="${password.replace(/[\\"]/g, '\\$&')}"`, '']
  await writeFile(join(installation.dir, '.my.cnf'), lines.join('\n'), { mode: 0o600 })
  return {
    installation: server.client === 'mysql' ? await withClientsOfMySQL(installation, folder) : installation,
    sql: server.sql,
    pipeSql: server.pipeSql,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Server extends Pick<CycleSite, 'sql' | 'pipeSql' | 'stop'> {
  /** Whose client programs the product has. */
  readonly client: 'mariadb' | 'mysql'
}

/** The program in a container that shares the network of this host and has MySQL’s clients. */
const withClientsOfMySQL = async (installation: TestInstallation, folder: string): Promise<TestInstallation> => {
  const image = await ensureImage('docker', 'mysql-9.7')
  const { stdout: restic } = await execa('sh', ['-c', 'command -v restic'])
  const seen = [process.execPath, restic, resolve('.'), await realpath('node_modules')]
  const mounts = [...seen.map((path) => `--volume '${path}:${path}:ro'`), `--volume '${folder}:${folder}'`]
  const variables = ['PATH', 'HOME', 'TZ'].map((name) => `--env ${name}`)
  const run = `exec docker run --rm -i --network host ${[...variables, ...mounts].join(' ')} ${image} ${process.execPath} "$@"`
  const node = join(await shim(join(folder, 'node'), 'node', run, process.execPath), 'node')
  const on = installation.on(node)
  return {
    ...installation,
    run: on.run,
    json: async <Document>(...args: string[]) => {
      const { exitCode, stdout, stderr } = await on.run(...args, '--json')
      if (exitCode !== 0) throw new Error(`seatable-restic ${args.join(' ')} ended with ${exitCode}:\n${stderr}`)
      return JSON.parse(stdout) as Document
    },
  }
}

const mysqlContainer =
  (client: 'mariadb' | 'mysql') =>
  async (folder: string, args: readonly string[]): Promise<Server> => {
    const container = await startDatabaseContainer({
      server: 'mysql-9.7',
      network: 'host',
      serverArgs: ['--mysqlx=OFF', ...args],
      runArgs: ['--volume', `${folder}/certificates:${folder}/certificates:ro`],
    })
    return { sql: container.sql, pipeSql: container.pipeSql, stop: () => container.remove(), client }
  }

await describeWith(['mariadb', 'restic'], 'a whole cycle over TCP with required TLS, MariaDB and its clients', () => {
  testWholeCycle(() =>
    overTcp(async (folder, args) => {
      const server = await startMariaDB({ dir: join(folder, 'db'), extraArgs: ['--skip-networking=0', ...args] })
      return { ...server, client: 'mariadb' }
    }),
  )
})

await describeWith(
  ['docker', 'restic', 'mysql 9.7'],
  'a whole cycle over TCP with required TLS, MySQL and clients of MariaDB',
  () => {
    // What that program saves of some columns, MySQL takes from nobody.
    testWholeCycle(() => overTcp(mysqlContainer('mariadb')), { onlyOfMySQL: false })
  },
)

await describeWith(
  ['docker', 'restic', 'mysql 9.7'],
  'a whole cycle over TCP with required TLS, MySQL and its clients',
  () => {
    testWholeCycle(() => overTcp(mysqlContainer('mysql')))
  },
)

await describeWith(['docker', 'restic', 'mysql 9.7'], 'a backup of MySQL by the clients of MariaDB', () => {
  test('says at once which tables cannot be restored, and why', async () => {
    const site = await overTcp(mysqlContainer('mariadb'))
    try {
      await createSchema(site.sql)
      await createTree(site.installation.dataDir, { files: 3 })
      await site.sql('CREATE TABLE made (id int PRIMARY KEY, twice int AS (2 * id) VIRTUAL)', 'dtable_db')
      await site.sql('CREATE TABLE pointed (id int PRIMARY KEY, v vector(3))', 'ccnet_db')
      await site.installation.createRepository()
      const { warnings } = await site.installation.json<{ warnings: string[] }>('backup')
      expect(warnings.filter((one) => one.includes('install MySQL’s own client')).toSorted()).toEqual([
        expect.stringMatching(/ccnet_db.*\bpointed: it has vectors, which mariadb-dump/),
        expect.stringMatching(/dtable_db.*\bmade: it has generated columns; mariadb-dump/),
      ])
    } finally {
      await site.stop()
    }
  })
})
