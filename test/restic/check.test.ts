import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/errors.ts'
import { check, checkArguments } from '../../src/restic/check.ts'
import { noise, type Place, place, rejection, whileLockedExclusively } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

/** The largest pack: the one that holds the data. */
const dataPack = async ({ dir }: Place) => {
  const packs: { path: string; bytes: Buffer }[] = []
  const data = join(dir, 'repository', 'data')
  for (const folder of await readdir(data)) {
    for (const name of await readdir(join(data, folder))) {
      const path = join(data, folder, name)
      packs.push({ path, bytes: await readFile(path) })
    }
  }
  packs.sort((one, other) => other.bytes.length - one.bytes.length)
  return packs[0] as { path: string; bytes: Buffer }
}

const withData = async (binary: string) => {
  const here = await place(binary)
  await here.restic('backup', await here.files('source', { a: noise(2 * 1024 * 1024) }))
  return here
}

test('the arguments are those of restic', () => {
  expect(checkArguments({ readData: false })).toEqual(['check'])
  expect(checkArguments({ readData: true })).toEqual(['check', '--read-data'])
  expect(checkArguments({ readData: false, readDataSubset: '1/7' })).toEqual(['check', '--read-data-subset=1/7'])
})

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test('a whole repository is ok, and its phases tell their progress', async () => {
    const here = await withData(binary)
    const seen: { percent: number; phase: string }[] = []
    const onProgress = (progress: { percent: number; phase: string }) => void seen.push(progress)
    expect(await check(await here.open(), { readData: true }, { onProgress })).toEqual({ ok: true, errors: [] })
    expect(seen.at(-1)).toMatchObject({ percent: 100, phase: 'read all data' })
  })

  test('a missing pack is found without reading the data', async () => {
    const here = await withData(binary)
    const { path } = await dataPack(here)
    await rm(path, { force: true })
    const result = await check(await here.open(), { readData: false })
    expect(result.ok).toBe(false)
    expect(result.errors.join('\n')).toMatch(/does not exist/)
    expect(result.errors.join('\n')).not.toMatch(/Fatal|troubleshooting/)
  })

  test('a flipped bit is found only when the data is read', async () => {
    const here = await withData(binary)
    const { path, bytes } = await dataPack(here)
    bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000)
    await rm(path, { force: true })
    await writeFile(path, bytes)
    const restic = await here.open()
    expect(await check(restic, { readData: false })).toEqual({ ok: true, errors: [] })
    for (const request of [{ readData: true }, { readData: false, readDataSubset: '100%' }]) {
      const { ok, errors } = await check(restic, request)
      expect(ok).toBe(false)
      expect(errors.length).toBeGreaterThan(0)
    }
  })

  test('a subset that restic does not understand is a failure, not damage', async () => {
    const here = await withData(binary)
    const error = await rejection(check(await here.open(), { readData: false, readDataSubset: 'some' }))
    expect(error).toMatchObject({
      exitCode: exitCodes.usage,
      message: expect.stringContaining('--read-data-subset has invalid value'),
    })
  })

  test('a locked repository is told as locked, not as damaged', async () => {
    const here = await withData(binary)
    await whileLockedExclusively(here, async () => {
      expect(await rejection(check(await here.open(), { readData: false }))).toMatchObject({
        exitCode: exitCodes.locked,
      })
    })
  })
})
