import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientCommand } from '../environment/client.ts'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import { type EmptySite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { createWrittenTables, startWriter } from '../environment/writer.ts'
import { scaleUp } from '../fixture/scale.ts'
import { createSchema } from '../fixture/schema.ts'
import type { PipeSql, Sql } from '../fixture/sql.ts'

/** Enough that many transactions fall into the dump. */
const megabytes = 30

interface Prepared {
  readonly installation: TestInstallation
  readonly sql: Sql
  readonly pipeSql: PipeSql
  /** Starts a `mariadb` client that answers each statement at once. */
  readonly client: ClientCommand
}

const underWriter = (prepare: () => Promise<Prepared>) => {
  let prepared: Prepared

  beforeAll(async () => {
    prepared = await prepare()
    const { sql, pipeSql, installation } = prepared
    await createSchema(sql)
    await scaleUp(pipeSql, { megabytes })
    await createWrittenTables(sql)
    for (const name of ['seafile-data', 'seahub-data', 'storage-data']) await mkdir(join(installation.dataDir, name))
    await installation.createRepository()
  })

  afterAll(() => rm(prepared.installation.dir, { recursive: true, force: true }))

  test('two databases agree, and the writer is never blocked for a second', async () => {
    const { installation, sql } = prepared
    const writer = await startWriter(prepared.client)
    const atStart = writer.last()
    const { snapshot } = await installation.json<{ snapshot: string }>('backup')
    const atEnd = writer.last()
    await writer.stop()

    await installation.json('restore', snapshot, '--yes')
    const [ccnet, dtable] = await sql(`
SELECT MAX(n), COUNT(*) FROM ccnet_db.written;
SELECT MAX(n), COUNT(*) FROM dtable_db.written;
`)
    const restored = Number(ccnet?.[0])
    const longest = writer.longestMs()
    process.stdout.write(
      `Of ${atEnd - atStart} transactions during the backup the longest took ${longest.toFixed(0)} ms; the snapshot has ${restored - atStart} of them\n`,
    )
    expect(ccnet).toEqual([String(restored), String(restored)])
    expect(dtable).toEqual(ccnet)
    expect(restored).toBeGreaterThanOrEqual(atStart)
    // The writer had written more before the end, or it would not have been disturbed by anything.
    expect(restored).toBeLessThan(atEnd)
    expect(longest).toBeLessThan(1000)
  })
}

await describeWith(['docker', 'restic'], 'while somebody writes to a database in a container', () => {
  let container: DatabaseContainer
  underWriter(async () => {
    container = await startDatabaseContainer()
    const installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name } })
    const inside = 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec mariadb --no-defaults "$@"'
    const args = ['exec', '-i', container.name, 'sh', '-c', inside, 'client']
    return { installation, sql: container.sql, pipeSql: container.pipeSql, client: { file: 'docker', args } }
  })
  afterAll(() => container.remove())
})

await describeWith(['mariadb', 'restic'], 'while somebody writes to a database on this host', () => {
  let site: EmptySite
  underWriter(async () => {
    site = await startEmptySite('writer')
    const { installation, server } = site
    const args = ['--no-defaults', `--socket=${server.socket}`, '--user=root']
    return { installation, sql: server.sql, pipeSql: server.pipeSql, client: { file: 'mariadb', args } }
  })
  afterAll(() => site.end())
})
