import { beforeAll, expect, test } from 'vitest'
import { startDatabaseContainer } from './container.ts'
import type { DatabaseServer } from './database-servers.ts'
import { ensureImage } from './image.ts'
import { describeWith, type Requirement } from './requirements.ts'

const answersAs = async (requirement: Requirement, server: DatabaseServer, version: RegExp): Promise<void> => {
  await describeWith(['docker', requirement], `the database server ${server}`, () => {
    beforeAll(() => ensureImage('docker', server))

    test('is what it says, and keeps a password that hurts over a restart', async () => {
      const container = await startDatabaseContainer({ server, rootPassword: `r00t $"p'w"%\\x` })
      try {
        const told = async () => (await container.sql('SELECT VERSION()'))[0]?.[0]
        expect(await told()).toMatch(version)
        await container.stop()
        await container.start()
        await container.ready()
        expect(await told()).toMatch(version)
      } finally {
        await container.remove()
      }
    })
  })
}

await answersAs('mariadb 10.5', 'mariadb-10.5', /^10\.5\..*MariaDB/)
await answersAs('mysql 9.7', 'mysql-9.7', /^9\./)
