import { rm } from 'node:fs/promises'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addFiles, addRows, expectError, snapshotIds } from '../environment/bad-input.ts'
import { type DatabaseContainer, startDatabaseContainer, startServerContainer } from '../environment/container.ts'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import { describeWith } from '../environment/requirements.ts'
import { tracesOf } from '../environment/traces.ts'
import { createSchema } from '../fixture/schema.ts'

await describeWith(['docker', 'restic'], 'a database container that cannot be used', () => {
  let container: DatabaseContainer
  let installation: TestInstallation

  beforeAll(async () => {
    container = await startDatabaseContainer()
    installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name } })
    await createSchema(container.sql)
    await addRows(container.sql)
    await addFiles(installation.dataDir)
    await installation.createRepository()
  })

  afterAll(async () => {
    await container.remove()
    await rm(installation.dir, { recursive: true, force: true })
  })

  afterEach(async () => {
    await installation.set({ SEATABLE_RESTIC_DB_CONTAINER: container.name, SEATABLE_RESTIC_DB_PASSWORD: null })
    expect(await snapshotIds(installation)).toEqual([])
    expect(await tracesOf(installation, container.sql)).toEqual([])
  })

  const backup = () => installation.run('backup', '--json')

  test('a container that does not exist is named, with those that do', async () => {
    await installation.set({ SEATABLE_RESTIC_DB_CONTAINER: 'no-such-container' })
    expectError(await backup(), {
      exitCode: 2,
      message: /no container named no-such-container/,
      hint: new RegExp(`${container.name}|Seen here: .*SEATABLE_RESTIC_DB_CONTAINER`),
    })
  })

  test('a stopped container is named', async () => {
    await container.stop()
    try {
      expectError(await backup(), {
        exitCode: 1,
        message: new RegExp(`container ${container.name} is not running`),
        hint: /Start it/,
      })
    } finally {
      await container.start()
      await container.ready()
    }
  })

  test('a container without a database client is named', async () => {
    const other = await startServerContainer({ dataDir: installation.dataDir })
    try {
      await execa('docker', ['exec', other.name, 'sh', '-c', 'rm -f /usr/bin/mariadb* /usr/bin/mysql*'])
      await installation.set({ SEATABLE_RESTIC_DB_CONTAINER: other.name })
      expectError(await backup(), {
        exitCode: 2,
        message: new RegExp(`no MySQL or MariaDB client in container ${other.name}`),
        hint: /mariadb-client|SEATABLE_RESTIC_DB_CONTAINER/,
      })
    } finally {
      await other.remove()
    }
  })

  test('a docker that does not answer is named', async () => {
    await installation.set({ SEATABLE_RESTIC_ENGINE: 'docker' })
    const nowhere = { DOCKER_HOST: `unix://${installation.dir}/nowhere.sock` }
    const end = await installation.within(nowhere).run('backup', '--json')
    await installation.set({ SEATABLE_RESTIC_ENGINE: null })
    expectError(end, { exitCode: 1, message: /docker does not answer/, hint: /Start docker/ })
  })

  test('a wrong password is refused by the database and named by the setting, not by its value', async () => {
    await installation.set({ SEATABLE_RESTIC_DB_PASSWORD: 'not-the-password' })
    const end = await backup()
    expectError(end, {
      exitCode: 2,
      message: new RegExp(`container ${container.name} refused the user or password`),
      hint: /SEATABLE_RESTIC_DB_PASSWORD/,
    })
    expect(end.stderr).not.toContain('not-the-password')
  })
})
