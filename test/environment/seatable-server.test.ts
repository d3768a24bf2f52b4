import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../fixture/until.ts'
import { describeWith } from './requirements.ts'
import { type SeaTableServer, startSeaTableServer } from './seatable-server.ts'

await describeWith(['docker', 'root'], 'the stand-in for a SeaTable server', () => {
  let dir: string
  let dataDir: string
  let server: SeaTableServer

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seatable-restic-stand-in-'))
    dataDir = join(dir, 'shared', 'seatable')
    await mkdir(join(dataDir, 'db-data', 'a base'), { recursive: true })
    await writeFile(join(dataDir, 'db-data', 'a base', 'rows'), 'then')
    server = await startSeaTableServer({ dataDir })
  })

  afterAll(async () => {
    await server.remove()
    await rm(dir, { recursive: true })
  })

  const seatable = async (...args: string[]) => {
    const command = ['exec', server.name, '/opt/seatable/scripts/seatable.sh', ...args]
    const { exitCode, stdout } = await execa('docker', command, { reject: false, stdin: 'ignore' })
    return { exitCode, stdout }
  }

  test('backs up big data and brings back what is gone, and tells its version', async () => {
    expect(await seatable('backup-all')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\[.*\] Backup all bases success, response: .*, cost 0:00:00\.\d+\.$/m),
    })
    await rm(join(dataDir, 'db-data', 'a base'), { recursive: true })
    await mkdir(join(dataDir, 'db-data', 'another base'))
    expect((await seatable('restore-all')).stdout).toMatch(/^\[.*\] Restore all bases success, response: /m)
    expect((await readdir(join(dataDir, 'db-data'))).sort()).toEqual(['a base', 'another base'])
    await until('it answers', async () => (await server.version()) === '6.1.3')
  })

  test('fails with exit code 0', async () => {
    await server.setMode('failing')
    expect(await seatable('backup-all')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\[.*\] Backup all bases error: .*, cost /m),
    })
  })

  test('restarts everything at a verb that it does not know', async () => {
    expect(await server.serviceStarts()).toBe(1)
    await server.setMode('verb missing')
    expect(await seatable('backup-all')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('started') })
    expect(await server.serviceStarts()).toBe(2)
    expect(await server.calls()).toEqual(['start', 'backup-all', 'restore-all', 'backup-all', 'backup-all'])
  })
})
