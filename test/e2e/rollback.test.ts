import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, fillSite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { damage } from '../fixture/damage.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'

await describeWith(['mariadb', 'restic'], 'rollback', () => {
  let server: MariaDB
  let installation: TestInstallation
  let site: EmptySite

  beforeAll(async () => {
    site = await startEmptySite('rollback')
    ;({ server, installation } = site)
    await fillSite(server.sql, installation)
    await installation.json('backup')
  })

  afterAll(() => site.end())

  /** What SeaTable sees: without what is kept for the way back. */
  const state = async (): Promise<State> => {
    const { databases, files } = await captureState(server.sql, installation.dataDir)
    const seen = Object.entries(files).filter(([path]) => !path.startsWith('.seatable-restic-previous'))
    return { databases, files: Object.fromEntries(seen) }
  }

  test('brings back exactly what was live before the restore, and can be rolled back itself', async () => {
    const saved = await state()
    await damage(server.sql, installation.dataDir)
    // Views whose tables the damage has dropped: no server creates such a view again.
    await server.sql('DROP VIEW a_view_on_a_view, view_of_nobody, view_with_check', 'dtable_db')
    await rm(join(installation.dataDir, 'conf'), { recursive: true })
    const damaged = await state()

    await installation.json('restore', 'latest', '--yes')
    expect(diffStates(saved, await state())).toEqual([])

    await installation.json('rollback', '--yes')
    expect(diffStates(damaged, await state())).toEqual([])

    await installation.json('rollback', '--yes')
    expect(diffStates(saved, await state())).toEqual([])

    await installation.json('drop-previous', '--yes')
    expect(diffStates(saved, await captureState(server.sql, installation.dataDir))).toEqual([])
    expect(await server.sql("SHOW DATABASES LIKE '%\\_\\_%'")).toEqual([])
  })

  test('takes foreign keys to tables that are gone neither to the live nor to the previous data', async () => {
    await server.sql('SET foreign_key_checks = 0; DROP TABLE workspaces', 'dtable_db')
    await installation.json('restore', 'latest', '--yes', '--database', 'dtable_db')
    const pointing =
      "SELECT FOR_NAME FROM information_schema.INNODB_SYS_FOREIGN WHERE REF_NAME = 'dtable_db/workspaces'"
    expect(await server.sql(pointing)).toEqual([['dtable_db/dtables']])
    await installation.json('drop-previous', '--yes')
  })

  test('without a restore before says that there is nothing to roll back to', async () => {
    const { exitCode, stderr } = await installation.run('rollback', '--yes')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('There is nothing to roll back to')
  })

  test('brings back a database and a directory that the restore replaced in part', async () => {
    const before = await state()
    await writeFile(join(installation.dataDir, 'storage-data', 'newer'), 'newer')
    await server.sql('DROP TABLE SystemInfo', 'seafile_db')
    const changed = await state()
    await installation.json('restore', '--yes', '--database', 'seafile_db', '--directory', 'storage-data')
    expect(diffStates(before, await state())).toEqual([])
    await installation.json('rollback', '--yes')
    expect(diffStates(changed, await state())).toEqual([])
    await installation.json('drop-previous', '--yes')
  })
})
