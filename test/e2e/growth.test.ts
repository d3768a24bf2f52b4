import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { resticOfVersion } from '../environment/restic.ts'
import { oneDayOfChanges } from '../fixture/day.ts'
import { scaleUp } from '../fixture/scale.ts'
import { createSchema, databases } from '../fixture/schema.ts'

/** Small databases have few pieces of 1 MiB, and every change touches one. */
const megabytes = 300

await describeWith(['mariadb', 'restic 0.18'], 'one day of changes', () => {
  let site: EmptySite
  let server: MariaDB
  let installation: TestInstallation
  let plain: TestInstallation

  beforeAll(async () => {
    const resticPath = await resticOfVersion('0.18.')
    site = await startEmptySite('growth', { resticPath })
    ;({ server, installation } = site)
    const settings = { SEATABLE_RESTIC_ENGINE: 'none', SEATABLE_RESTIC_DB_SOCKET: server.socket }
    plain = await createInstallation({ dir: join(site.folder, 'plain'), settings, resticPath })
    await createSchema(server.sql)
    await scaleUp(server.pipeSql, { megabytes })
    for (const name of ['seafile-data', 'seahub-data', 'storage-data']) await mkdir(join(installation.dataDir, name))
    await installation.createRepository()
    await plain.createRepository()
  })

  afterAll(() => site.end())

  /** What one would do without this tool: `mysqldump --opt` of each database, and restic. */
  const dumpAndSave = async (): Promise<void> => {
    const folder = join(plain.dir, 'dumps')
    await mkdir(folder, { recursive: true })
    for (const name of databases) {
      const connection = ['--no-defaults', `--socket=${server.socket}`, '--user=root']
      const file = `--result-file=${join(folder, `${name}.sql`)}`
      await execa('mariadb-dump', [...connection, '--opt', '--single-transaction', file, name])
    }
    const { exitCode, stderr } = await plain.restic('backup', folder)
    if (exitCode !== 0) throw new Error(stderr)
  }

  test('adds at most a sixth of the bytes that mysqldump --opt and restic add', async () => {
    await installation.json('backup')
    await dumpAndSave()
    const [ours, theirs] = [await sizeOf(installation), await sizeOf(plain)]
    await oneDayOfChanges(server.sql, server.pipeSql)
    await installation.json('backup')
    await dumpAndSave()
    const [weAdded, theyAdded] = [(await sizeOf(installation)) - ours, (await sizeOf(plain)) - theirs]
    const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
    process.stdout.write(
      `The first snapshot took ${mib(ours)} MiB (plain ${mib(theirs)}), the day ${mib(weAdded)} MiB (plain ${mib(theyAdded)})\n`,
    )
    expect(weAdded).toBeGreaterThan(0)
    expect(weAdded).toBeLessThanOrEqual(theyAdded / 6)
  })
})

/** Bytes of all pieces in the repository, before compression: what was not there already. */
const sizeOf = async (installation: TestInstallation): Promise<number> => {
  const { exitCode, stdout, stderr } = await installation.restic('stats', '--json', '--mode', 'raw-data')
  if (exitCode !== 0) throw new Error(stderr)
  const { total_uncompressed_size: bytes } = JSON.parse(stdout) as { total_uncompressed_size: number }
  return bytes
}
