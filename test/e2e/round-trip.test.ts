import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { resticOfVersion } from '../environment/restic.ts'
import { damage } from '../fixture/damage.ts'
import { oneDayOfChanges, oneDayOfFiles } from '../fixture/day.ts'
import { addExtras } from '../fixture/extras.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import type { PipeSql, Sql } from '../fixture/sql.ts'
import { captureState, diffStates } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'
import { createInstallation, type TestInstallation } from './installation.ts'

/** Backup, change, backup, destroy, restore the first: everything must be as it was at the first. */
const roundTrip = (prepare: () => Promise<{ installation: TestInstallation; sql: Sql; pipeSql: PipeSql }>) => {
  let installation: TestInstallation
  let sql: Sql
  let pipeSql: PipeSql

  beforeAll(async () => {
    ;({ installation, sql, pipeSql } = await prepare())
    await createSchema(sql)
    await fillSchema(sql)
    await addExtras(sql)
    await createTree(installation.dataDir)
  })

  afterAll(() => rm(installation.dir, { recursive: true, force: true }))

  const state = () => captureState(sql, installation.dataDir)

  test('the first of two snapshots brings back databases, files and everything about them', async () => {
    await installation.json('init')
    const first = await state()
    const { snapshot } = await installation.json<{ snapshot: string }>('backup')
    expect(diffStates(first, await state())).toEqual([])

    await oneDayOfChanges(sql, pipeSql)
    await oneDayOfFiles(installation.dataDir)
    await installation.json('backup')
    await damage(sql, installation.dataDir)
    await rm(join(installation.dataDir, 'conf'), { recursive: true })
    expect(diffStates(first, await state())).not.toEqual([])

    const restored = await installation.json<{ databases: unknown[] }>('restore', snapshot, '--yes')
    expect(restored.databases).toHaveLength(3)
    await installation.json('drop-previous')
    expect(diffStates(first, await state())).toEqual([])
  })
}

await describeWith(['mariadb', 'restic'], 'with engine none and the installed restic', () => {
  let server: MariaDB
  roundTrip(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-db-'))
    server = await startMariaDB({ dir, password: 'p w*d"$\\#\'' })
    const installation = await createInstallation({
      settings: {
        SEATABLE_RESTIC_ENGINE: 'none',
        SEATABLE_RESTIC_DB_SOCKET: server.socket,
        SEATABLE_RESTIC_DB_PASSWORD_FILE: join(dir, 'password'),
      },
    })
    await writeFile(join(dir, 'password'), 'p w*d"$\\#\'\n', { mode: 0o600 })
    return { installation, sql: server.sql, pipeSql: server.pipeSql }
  })
  afterAll(() => server.stop())
})

await describeWith(['docker', 'restic 0.19'], 'with docker and restic 0.19', () => {
  let container: DatabaseContainer
  roundTrip(async () => {
    container = await startDatabaseContainer({ rootPassword: 'p w*d"$' })
    const installation = await createInstallation({
      settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name },
      resticPath: await resticOfVersion('0.19.'),
    })
    return { installation, sql: container.sql, pipeSql: container.pipeSql }
  })
  afterAll(() => container.remove())
})
