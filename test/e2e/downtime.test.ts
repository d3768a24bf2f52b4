import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Container, startServerContainer } from '../environment/container.ts'
import type { TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { seededBytes } from '../fixture/random.ts'
import { scaleUp } from '../fixture/scale.ts'
import { createSchema, databases } from '../fixture/schema.ts'
import { createTree } from '../fixture/tree.ts'

const small = 10
const large = Number(process.env.SEATABLE_RESTIC_TEST_MEGABYTES ?? 200)

/** Milliseconds: most of them fill the databases. */
const timeLimit = 300_000 + large * 1500

await describeWith(['docker', 'mariadb', 'restic'], 'the downtime of a restore', () => {
  let site: EmptySite
  let server: MariaDB
  let seatable: Container
  let installation: TestInstallation

  beforeAll(async () => {
    site = await startEmptySite('downtime')
    ;({ server, installation } = site)
    seatable = await startServerContainer({ dataDir: installation.dataDir })
    await installation.set({ SEATABLE_RESTIC_SERVER_CONTAINER: seatable.name })
    await installation.createRepository()
  })

  afterAll(async () => {
    await seatable.remove()
    await site.end()
  })

  /** The shortest of a few, in seconds: of a restore, of its rollback, and of the rollback of that. */
  const downtimeAt = async (megabytes: number): Promise<number> => {
    for (const name of databases) await server.sql(`DROP DATABASE IF EXISTS ${name}`)
    await rm(installation.dataDir, { recursive: true, force: true })
    await createSchema(server.sql)
    await scaleUp(server.pipeSql, { megabytes })
    await createTree(installation.dataDir, { files: megabytes * 5 })
    await writeFile(join(installation.dataDir, 'seafile-data', 'large'), seededBytes('large', megabytes * 100_000))
    await installation.json('backup')
    await server.sql('TRUNCATE TABLE dtable_db.operation_log')
    const starts = await seatable.starts()
    const downtimes: number[] = []
    for (const args of [
      ['restore', 'latest', '--yes'],
      ['rollback', '--yes'],
      ['rollback', '--yes'],
    ]) {
      const { downtimeSeconds } = await installation.json<{ downtimeSeconds: number }>(...args)
      downtimes.push(downtimeSeconds)
    }
    expect((await seatable.starts()) - starts).toBe(downtimes.length)
    expect(await seatable.running()).toBe(true)
    await installation.json('drop-previous', '--yes')
    return Math.min(...downtimes)
  }

  test(
    `is the same at ${small} MB and at ${large} MB, and below five seconds`,
    async () => {
      // The small one before and after, or a machine that has become busy meanwhile would look like growth.
      const [before, ofLarge, after] = [await downtimeAt(small), await downtimeAt(large), await downtimeAt(small)]
      process.stdout.write(
        `Downtime: ${before} s at ${small} MB, ${ofLarge} s at ${large} MB, ${after} s at ${small} MB\n`,
      )
      expect(Math.min(before, after)).toBeGreaterThan(0)
      expect(ofLarge).toBeLessThan(5)
      expect(ofLarge - Math.max(before, after)).toBeLessThan(1.5)
    },
    timeLimit,
  )
})
