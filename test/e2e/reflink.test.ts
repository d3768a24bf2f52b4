import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { resticOfVersion } from '../environment/restic.ts'
import { damageFiles } from '../fixture/damage.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState, diffStates } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'

await describeWith(['mariadb', 'restic 0.19', 'xfs'], 'on a filesystem with reflinks', () => {
  let server: MariaDB
  let folder: string
  let mount: string
  let installation: TestInstallation

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-reflink-'))
    mount = join(folder, 'xfs')
    await mkdir(mount)
    await execa('truncate', ['--size', '1G', join(folder, 'xfs.image')])
    await execa('mkfs.xfs', ['-q', '-m', 'reflink=1', join(folder, 'xfs.image')])
    await execa('mount', ['-o', 'loop', join(folder, 'xfs.image'), mount])
    server = await startMariaDB({ dir: join(folder, 'db') })
    installation = await createInstallation({
      dir: join(mount, 'installation'),
      settings: { SEATABLE_RESTIC_ENGINE: 'none', SEATABLE_RESTIC_DB_SOCKET: server.socket },
      resticPath: await resticOfVersion('0.19.'),
    })
    await createSchema(server.sql)
    await createTree(installation.dataDir)
    await installation.createRepository()
  })

  afterAll(async () => {
    await server.stop()
    await execa('umount', [mount])
    await rm(folder, { recursive: true, force: true })
  })

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
