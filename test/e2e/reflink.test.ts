import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { resticOfVersion } from '../environment/restic.ts'
import { damageFiles } from '../fixture/damage.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState, diffStates } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'

await describeWith(['mariadb', 'restic 0.19', 'xfs'], 'on a filesystem with reflinks', () => {
  let server: MariaDB
  let site: EmptySite
  let installation: TestInstallation

  beforeAll(async () => {
    site = await startEmptySite('reflink', { onXfs: true, resticPath: await resticOfVersion('0.19.') })
    ;({ server, installation } = site)
    await createSchema(server.sql)
    await createTree(installation.dataDir)
    await installation.createRepository()
  })

  afterAll(() => site.end())

  test('a restore begins with a copy of what is live, and still is the snapshot exactly', async () => {
    const before = await captureState(server.sql, installation.dataDir)
    await installation.json('backup')
    await damageFiles(installation.dataDir)
    await rm(join(installation.dataDir, 'conf'), { recursive: true })
    const { exitCode, stderr } = await installation.run('restore', '--yes', '--verbose')
    expect(exitCode).toBe(0)
    expect(stderr).toContain('by reflink: seafile-data, seahub-data, storage-data')
    await installation.json('drop-previous', '--yes')
    expect(diffStates(before, await captureState(server.sql, installation.dataDir))).toEqual([])
  })
})
