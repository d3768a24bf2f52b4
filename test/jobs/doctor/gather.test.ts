import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { gatherDirectories } from '../../../src/jobs/doctor/gather-directories.ts'
import type { Installation } from '../../../src/seatable/find/installation.ts'
import { configWith } from '../../fixture/config.ts'

test('What is mounted through a link is looked for where the link leads, as what is saved is', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'seatable-restic-gather-')))
  onTestFinished(() => rm(folder, { recursive: true }))
  const dataDir = join(folder, 'volume', 'seatable')
  for (const name of ['seafile-data', 'seahub-data', 'storage-data'])
    await mkdir(join(dataDir, name), { recursive: true })
  await mkdir(join(folder, 'real', 'ssl'), { recursive: true })
  await symlink(join(folder, 'real'), join(folder, 'compose'))
  const mounts = [{ source: join(folder, 'compose', 'ssl'), destination: '/shared/ssl' }]
  const { mounts: seen } = await gatherDirectories(configWith({ dataPaths: ['seafile-data'] }), {
    dataDir,
    databaseNames: [],
    buckets: [],
    setupPaths: [],
    setupWarnings: [],
    elsewhere: [],
    server: { container: { mounts } },
  } as unknown as Installation)
  expect(seen).toEqual([{ source: join(folder, 'real', 'ssl'), destination: '/shared/ssl' }])
})
