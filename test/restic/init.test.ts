import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/errors.ts'
import { initRepository, repositoryId } from '../../src/restic/init.ts'
import { openRestic } from '../../src/restic/open.ts'
import { asNobody, emptyPlace, place, rejection, whileLockedExclusively } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test('a repository is created once, and found the second time', async () => {
    const here = await emptyPlace(binary)
    const restic = await here.open()
    expect(await repositoryId(restic)).toBeNull()
    const first = await initRepository(restic)
    expect(first).toEqual({ created: true, id: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(await initRepository(restic)).toEqual({ created: false, id: first.id })
  })

  test('a wrong password creates nothing', async () => {
    const here = await place(binary)
    const restic = await openRestic({ ...here.environment, RESTIC_PASSWORD: 'wrong donkey' })
    expect(await rejection(initRepository(restic))).toMatchObject({ exitCode: exitCodes.wrongPassword })
    expect(await readdir(join(here.dir, 'repository', 'keys'))).toHaveLength(1)
  })

  test('a repository that may not be read is not created', async () => {
    const here = await asNobody(await emptyPlace(binary))
    const folder = join(here.dir, 'closed')
    await mkdir(folder, { mode: 0o700 })
    const inner = join(folder, 'repository')
    const environment = { ...here.environment, RESTIC_REPOSITORY: inner }
    await mkdir(inner, { mode: 0o000 })
    const error = await rejection(initRepository(await openRestic(environment)))
    expect(error).toMatchObject({ exitCode: exitCodes.failed, message: expect.stringContaining('refused access') })
    if (process.getuid?.() === 0) expect(await readdir(inner)).toEqual([])
  })

  test('a server that does not answer is no reason to create one', async () => {
    const here = await emptyPlace(binary)
    const environment = { ...here.environment, RESTIC_REPOSITORY: 'rest:http://127.0.0.1:1/' }
    const error = await rejection(initRepository(await openRestic(environment), { timeoutSeconds: 4 }))
    expect(error).toMatchObject({ exitCode: exitCodes.failed, message: expect.stringContaining('cannot be reached') })
  })

  test('a repository whose config is gone but whose data is there is not written over', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    await here.restic('backup', source)
    await rm(join(here.dir, 'repository', 'config'), { force: true })
    const before = await readdir(join(here.dir, 'repository', 'snapshots'))
    await initRepository(await here.open()).catch(() => {})
    expect(await readdir(join(here.dir, 'repository', 'snapshots'))).toEqual(before)
  })

  test('a config that is damaged is a failure, and stays as it is', async () => {
    const here = await place(binary)
    const config = join(here.dir, 'repository', 'config')
    await rm(config, { force: true })
    await writeFile(config, 'damaged')
    const error = await rejection(initRepository(await here.open()))
    expect(error).toMatchObject({ exitCode: exitCodes.failed })
    expect(await readdir(join(here.dir, 'repository', 'keys'))).toHaveLength(1)
  })

  test('a locked repository is found all the same', async () => {
    const here = await place(binary)
    await whileLockedExclusively(here, async () => {
      expect(await initRepository(await here.open())).toMatchObject({ created: false })
    })
  })
})
