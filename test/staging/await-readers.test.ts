import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { refuseWhileRead } from '../../src/staging/await-readers.ts'
import { resticReading } from '../../src/staging/readers.ts'
import { until } from '../fixture/until.ts'

test('a restic that ends by itself, as one does whose wrapper was killed, is waited for', async () => {
  const staging = await mkdtemp(join(tmpdir(), 'read-'))
  const isRead = async () => (await resticReading(staging)).length > 0
  const untilStdinEnds = "process.stdin.on('end', () => process.exit()).resume()"
  const restic = execa(process.execPath, ['-e', untilStdinEnds, 'backup', staging], { argv0: 'restic', stdin: 'pipe' })
  try {
    await until('it reads the staging area', isRead)
    const answer = refuseWhileRead(staging)
    // It has looked once before it lets anybody else do anything, or looks once more.
    await isRead()
    restic.stdin.end()
    await expect(answer).resolves.toBeUndefined()
    expect(await isRead()).toBe(false)
  } finally {
    restic.kill()
    await rm(staging, { recursive: true })
  }
})
