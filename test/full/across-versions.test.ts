import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import type { DatabaseServer } from '../environment/database-servers.ts'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import { describeWith, type Requirement } from '../environment/requirements.ts'
import { addHard } from '../fixture/hard.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema, databases } from '../fixture/schema.ts'
import { identifier, type Sql } from '../fixture/sql.ts'
import { createTree } from '../fixture/tree.ts'

const requirementOf = (server: DatabaseServer) => server.replace('-', ' ') as Requirement

const across = async (from: DatabaseServer, to: DatabaseServer, body: (site: () => Site) => void): Promise<void> => {
  const requirements: Requirement[] = ['docker', 'restic', requirementOf(from), requirementOf(to)]
  await describeWith(requirements, `a snapshot of ${from} on ${to}`, () => {
    let site: Site
    const servers: DatabaseContainer[] = []

    beforeAll(async () => {
      const source = await startDatabaseContainer({ server: from })
      servers.push(source)
      const target = await startDatabaseContainer({ server: to })
      servers.push(target)
      const installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: source.name } })
      await createSchema(source.sql)
      await fillSchema(source.sql)
      await addHard(source.sql)
      await createTree(installation.dataDir, { files: 20 })
      await installation.createRepository()
      const { snapshot } = await installation.json<{ snapshot: string }>('backup')
      await installation.set({ SEATABLE_RESTIC_DB_CONTAINER: target.name })
      site = { source, target, installation, snapshot }
    })

    afterAll(async () => {
      await Promise.all(servers.map((server) => server.remove()))
      if (site) await execa('rm', ['-rf', site.installation.dir])
    })

    body(() => site)
  })
}

interface Site {
  readonly source: DatabaseContainer
  readonly target: DatabaseContainer
  readonly installation: TestInstallation
  readonly snapshot: string
}

const upgrade = (from: DatabaseServer, to: DatabaseServer): Promise<void> =>
  across(from, to, (site) => {
    test('restores, with every row, and a drill proves it', async () => {
      const { source, target, installation, snapshot } = site()
      await installation.json('restore', snapshot, '--yes')
      expect(await rowsOf(target.sql)).toEqual(await rowsOf(source.sql))
      await installation.json('drop-previous', '--yes')
      const { exitCode, stdout, stderr } = await installation.run('drill', snapshot, '--json')
      expect([exitCode, JSON.parse(stdout)], stderr).toMatchObject([0, { ok: true }])
    })
  })

const otherKind = (from: DatabaseServer, to: DatabaseServer): Promise<void> =>
  across(from, to, (site) => {
    test('is refused before anything is done, by the names of both kinds', async () => {
      const { target, installation, snapshot } = site()
      const before = await target.sql('SHOW DATABASES')
      const { exitCode, stderr } = await installation.run('restore', snapshot, '--yes')
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/MariaDB/i)])
      expect(stderr).toMatch(/MySQL/i)
      expect(stderr).not.toMatch(/Loading|Swapping/)
      expect(await target.sql('SHOW DATABASES')).toEqual(before)
    })
  })

/** How many rows each table has; that they are the same rows, the drill proves. */
const rowsOf = async (sql: Sql): Promise<Record<string, string>> => {
  const all: Record<string, string> = {}
  for (const database of databases) {
    const tables = (await sql("SHOW FULL TABLES WHERE Table_type LIKE '%TABLE%'", database)).map(([name]) => name ?? '')
    const counts = await sql(tables.map((name) => `SELECT COUNT(*) FROM ${identifier(name)};`).join('\n'), database)
    for (const [i, name] of tables.entries()) all[`${database}.${name}`] = counts[i]?.[0] ?? ''
  }
  return all
}

await upgrade('mariadb-10.5', 'mariadb-10.11')
await upgrade('mariadb-10.11', 'mariadb-11.8')
await upgrade('mysql-8.0', 'mysql-9.7')
await otherKind('mysql-9.7', 'mariadb-11.8')
await otherKind('mariadb-10.11', 'mysql-9.7')
