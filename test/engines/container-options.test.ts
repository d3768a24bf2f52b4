import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { containerEngine } from '../../src/engines/container-engine.ts'
import { openClient } from '../../src/mysql/client/client.ts'
import { dumpDatabases, partialName } from '../../src/mysql/dump/dump.ts'
import { takeInventory } from '../../src/mysql/server/inventory.ts'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import { describeWith } from '../environment/requirements.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema, databases } from '../fixture/schema.ts'
import { hostileOptions } from '../hostile/configurations.ts'

/** As a container that was started with them would give them to clients; its server is not to be misled. */
const hostileVariables = {
  MYSQL_HOST: '127.0.0.1',
  MYSQL_TCP_PORT: '1',
  MYSQL_UNIX_PORT: '/nowhere',
  MYSQL_PWD: 'wrong',
  MYSQL_GROUP_SUFFIX: '_hostile',
}

const wellFormed = hostileOptions.filter((text) => text.startsWith('['))

await describeWith(['docker', 'root'], 'option files and variables of a container', () => {
  let container: DatabaseContainer
  let folder: string
  let exact: readonly string[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-options-'))
    container = await startDatabaseContainer({ rootPassword: ' own "p#ss\\word' })
    await createSchema(container.sql)
    await fillSchema(container.sql)
    exact = (await dump()).files
  })

  afterAll(async () => {
    await container?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const inside = (script: string, input = '') =>
    execa('docker', ['exec', '-i', container.name, 'sh', '-c', script], { input })

  const write = (path: string, text: string) => inside(`cat > ${path}`, `${text}\n`)

  let runs = 0
  const dump = async (password: string | null = null) => {
    const into = join(folder, String(runs++))
    await mkdir(into)
    const plain = containerEngine('docker', container.name, { PATH: process.env.PATH ?? '' })
    const withVariables = (args: readonly string[]) => [
      'exec',
      ...Object.entries(hostileVariables).map(([name, value]) => `--env=${name}=${value}`),
      ...args.slice(1),
    ]
    const engine = {
      ...plain,
      probe: (program: readonly string[]) => {
        const command = plain.probe(program)
        return { ...command, args: withVariables(command.args) }
      },
      prepare: async (...given: Parameters<typeof plain.prepare>) => {
        const prepared = await plain.prepare(...given)
        return { ...prepared, command: { ...prepared.command, args: withVariables(prepared.command.args) } }
      },
    }
    const client = await openClient(engine, { user: 'root', password })
    const dumped = await dumpDatabases(client, await takeInventory(client, databases), into, { now: () => new Date() })
    expect(dumped.databases.map(({ name }) => name).sort()).toEqual([...databases].sort())
    const files = await Promise.all(databases.map((name) => readFile(join(into, partialName(name)), 'latin1')))
    return { files, notes: client.notes }
  }

  test('change nothing of what is read and written, whatever they say', async () => {
    await write('/root/.my.cnf', wellFormed.join('\n'))
    await write('/etc/mysql/conf.d/zz-hostile.cnf', `${wellFormed.join('\n')}\n[mysqldump_hostile]\nno-data`)

    expect(await dump()).toEqual({ files: exact, notes: [] })

    await inside('rm /root/.my.cnf /etc/mysql/conf.d/zz-hostile.cnf')
  })

  test('do not mislead where no option file says anything', async () => {
    await inside('mv /etc/mysql /etc/mysql.away')

    expect((await dump()).files).toEqual(exact)

    await inside('mv /etc/mysql.away /etc/mysql')
  })

  test('tell where the socket is, and a password of root that the variables of the image do not know any more', async () => {
    await container.sql("ALTER USER root@localhost IDENTIFIED BY 'new \\'\"p#ss'")
    await inside('mv /run/mysqld/mysqld.sock /run/mysqld/moved.sock; mkdir -p /etc/some.d')
    await write('/etc/some.d/a.cnf', '[client]\nsock = /run/mysqld/moved.sock # where it is')
    await write('/root/.my.cnf', `!includedir /etc/some.d\n[client]\nuser=root\npass="new '\\"p#ss"`)

    expect((await dump()).files).toEqual(exact)

    await write('/root/.my.cnf', `!includedir /etc/some.d\n[client]\nuser=health\npassword=no`)
    await expect(dump()).rejects.toThrow(/refused the user or password/)
    expect((await dump(`new '"p#ss`)).files).toEqual(exact)
  })

  test('are asked of the client where there is no my_print_defaults, and that is told', async () => {
    await write('/root/.my.cnf', `!includedir /etc/some.d\n[client]\nuser=root\npassword="new '\\"p#ss"`)
    await inside('mv /usr/bin/my_print_defaults /usr/bin/my_print_defaults.away')

    expect(await dump()).toEqual({
      files: exact,
      notes: [
        `my_print_defaults does not work (container ${container.name}): what the option files say of connecting was asked of mariadb`,
      ],
    })
  })

  test('leave nothing of ours in the container', async () => {
    expect((await inside('ls -A /tmp /var/tmp /dev/shm | grep seatable || true')).stdout).toBe('')
  })
})
