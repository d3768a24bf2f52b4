import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { containerEngine } from '../../src/engines/container-engine.ts'
import { dumpAgainAtMostOnce } from '../../src/jobs/backup/dump-again.ts'
import type { ProvenDump } from '../../src/jobs/backup/dump-once.ts'
import { type Client, openClient } from '../../src/mysql/client/client.ts'
import { partialName } from '../../src/mysql/dump/dump.ts'
import { takeInventory } from '../../src/mysql/server/inventory.ts'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import type { DatabaseServer } from '../environment/database-servers.ts'
import { describeWith, type Requirement } from '../environment/requirements.ts'
import { configWith } from '../fixture/config.ts'
import { commonTypes, mariadbTypes, tableOfTypes } from '../fixture/every-type.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema, databases } from '../fixture/schema.ts'

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
const generatedRows = 20_000

const servers: readonly [Requirement, DatabaseServer][] = [
  ['mariadb 10.5', 'mariadb-10.5'],
  ['mariadb 11.8', 'mariadb-11.8'],
  ['mysql 9.7', 'mysql-9.7'],
]

for (const [requirement, name] of servers) {
  await describeWith(['docker', 'root', requirement], `rows out of a container of ${name} (seed ${seed})`, () => {
    let container: DatabaseContainer
    let client: Client
    let folder: string
    const told: string[] = []

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'seatable-restic-rows-'))
      container = await startDatabaseContainer({
        server: name,
        rootPassword: `r00t $"pw"%\\x`,
        runArgs: ['--tmpfs', '/var/lib/mysql:rw,size=2g'],
      })
      const engine = containerEngine('docker', container.name, { PATH: process.env.PATH ?? '' })
      client = await openClient(engine, { user: 'root', password: null })
      await createSchema(container.sql)
      await fillSchema(container.sql)
      const isOld = name === 'mariadb-10.5'
      const own = name.startsWith('mysql')
        ? []
        : mariadbTypes.filter(({ type }) => !isOld || !/inet4|uuid|uca/.test(type))
      const many = [...commonTypes.slice(0, 8), ...commonTypes.slice(14, 24)]
      await container.pipeSql(Readable.from(tableOfTypes('every', [...commonTypes, ...own], 500, seed)), 'dtable_db')
      await container.pipeSql(Readable.from(tableOfTypes('many', many, generatedRows, seed)), 'dtable_db')
    })

    afterAll(async () => {
      await container.remove()
      await rm(folder, { recursive: true, force: true })
    })

    const dump = async (rows: Config['rows']): Promise<ProvenDump & { target: string }> => {
      const target = await mkdtemp(join(folder, `${rows}-`))
      const context = {
        config: configWith({ rows }),
        signal: new AbortController().signal,
        watched: false,
        now: () => new Date(),
        databasePassword: async () => null,
        atEnd: () => {},
        report: (event: { type: string; message?: string }) => {
          if (event.type === 'detail') told.push(event.message ?? '')
        },
      }
      const inventory = await takeInventory(client, databases)
      return { target, ...(await dumpAgainAtMostOnce({ staging: target, context, client, inventory, inexact: [] })) }
    }

    test('are the same by a connection and by the dump program', async () => {
      const byProgram = await dump('dump')
      const byWire = await dump('wire')
      expect(told).toContain('The rows come over a connection of our own')
      expect(byWire.dump.databases).toEqual(byProgram.dump.databases)
      for (const { name: database } of byWire.dump.databases) {
        const [one, other] = await Promise.all(
          [byWire, byProgram].map(({ target }) => readFile(join(target, partialName(database)))),
        )
        expect(one?.equals(other as Buffer), database).toBe(true)
      }
      expect(byWire.dump.databases.at(-1)?.rows).toBeGreaterThan(generatedRows)
    })
  })
}
