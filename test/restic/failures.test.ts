import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { exitCodes, UserError } from '../../src/errors.ts'
import { backup } from '../../src/restic/backup.ts'
import { repositoryId } from '../../src/restic/init.ts'
import { openRestic } from '../../src/restic/open.ts'
import { listSnapshots } from '../../src/restic/snapshots.ts'
import {
  asNobody,
  emptyPlace,
  killable,
  locksOf,
  noise,
  place,
  rejection,
  whileLockedExclusively,
} from '../environment/repository.ts'
import { available } from '../environment/requirements.ts'
import { resticBinaries } from '../environment/restic.ts'
import { onSmallDisk } from '../environment/small-disk.ts'

const once = (work: () => void) => {
  let isDone = false
  return () => {
    if (!isDone) work()
    isDone = true
  }
}

const isRoot = await available('root')

describe.each([...(await resticBinaries())])('restic %s', (version, binary) => {
  test('a repository that does not exist gives exit code 10 and the way to make one', async () => {
    const here = await emptyPlace(binary)
    const error = await rejection(listSnapshots(await here.open()))
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({
      exitCode: exitCodes.noRepository,
      message: expect.stringContaining(here.environment.RESTIC_REPOSITORY as string),
      hint: expect.stringContaining('seatable-restic init'),
    })
  })

  test('a wrong password gives exit code 12', async () => {
    const here = await place(binary)
    const restic = await openRestic({ ...here.environment, RESTIC_PASSWORD: 'wrong donkey' })
    const error = await rejection(listSnapshots(restic))
    expect(error).toMatchObject({ exitCode: exitCodes.wrongPassword, hint: expect.stringContaining('RESTIC_PASSWORD') })
    expect(String(error)).not.toContain('wrong donkey')
  })

  test('a locked repository gives exit code 11, who holds the lock and how to remove it', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    await whileLockedExclusively(here, async (pid) => {
      const error = await rejection(backup(await here.open(), { paths: [source], host: 'h', tags: [] }))
      expect(error).toMatchObject({
        exitCode: exitCodes.locked,
        message: expect.stringMatching(new RegExp(`locked by PID ${pid} on .* since \\d{4}-`)),
        hint: expect.stringContaining('seatable-restic restic -- unlock'),
      })
    })
  })

  test('a locked repository can still be listed', async () => {
    const here = await place(binary)
    await whileLockedExclusively(here, async () => {
      expect(await listSnapshots(await here.open())).toEqual([])
    })
  })

  test('a server that cannot be reached is told without its password', async () => {
    const here = await emptyPlace(binary)
    const environment = { ...here.environment, RESTIC_REPOSITORY: 'rest:http://user:geheim99@127.0.0.1:1/x' }
    const error = await rejection(repositoryId(await openRestic(environment), { timeoutSeconds: 4 }))
    expect(error).toMatchObject({
      exitCode: exitCodes.failed,
      message: expect.stringMatching(/cannot be reached: .*connection refused/),
    })
    expect(String(error)).not.toContain('geheim99')
  })

  test('an SFTP server that cannot be reached is told', async () => {
    const here = await emptyPlace(binary)
    const environment = { ...here.environment, RESTIC_REPOSITORY: 'sftp://user@127.0.0.1:1//x' }
    const error = await rejection(repositoryId(await openRestic(environment)))
    expect(error).toMatchObject({ message: expect.stringContaining('cannot be reached') })
  })

  test('a repository that may not be read is told apart from one that does not exist', async () => {
    const here = await emptyPlace(binary)
    const locked = join(here.dir, 'locked')
    await mkdir(join(locked, 'inner'), { recursive: true, mode: 0o700 })
    const nobody = await asNobody(here)
    const environment = { ...nobody.environment, RESTIC_REPOSITORY: join(locked, 'inner') }
    if (!isRoot) await mkdir(join(locked, 'inner'), { mode: 0o000 })
    const error = await rejection(repositoryId(await openRestic(environment)))
    expect(error).toMatchObject({ exitCode: exitCodes.failed, message: expect.stringContaining('refused access') })
  })

  test('a repository that restic cannot parse is told without its password', async () => {
    const here = await emptyPlace(binary)
    const environment = { ...here.environment, RESTIC_REPOSITORY: 'rest:http://user:ge/heim@host/' }
    const error = (await rejection(repositoryId(await openRestic(environment)))) as UserError
    expect(error.message).toContain('parsing repository location failed')
    expect(`${error.message} ${error.hint}`).not.toMatch(/user|:ge|heim/)
  })

  test.runIf(isRoot)('a full disk under the repository is told, and leaves no lock', async () => {
    const here = await place(binary)
    const source = await here.files('source', { big: noise(12 * 1024 * 1024) })
    const disk = join(here.dir, 'disk')
    await onSmallDisk(6, disk, async () => {
      const small = { ...here.environment, RESTIC_REPOSITORY: join(disk, 'repository') }
      await execa('restic', ['init'], { env: small, extendEnv: false })
      const error = await rejection(backup(await openRestic(small), { paths: [source], host: 'h', tags: [] }))
      expect(error).toMatchObject({
        exitCode: exitCodes.failed,
        message: expect.stringMatching(/^The disk is full: .*no space left on device/),
      })
      expect(await locksOf({ ...here, dir: disk })).toEqual([])
    })
  })

  test('an interrupted backup gives exit code 130, no snapshot and no lock', async () => {
    const here = await place(binary)
    const source = await here.files('source', { big: noise(150 * 1024 * 1024) })
    const restic = await openRestic({ ...here.environment, RESTIC_PROGRESS_FPS: '50' })
    const stop = new AbortController()
    const error = await rejection(
      backup(
        restic,
        { paths: [source], host: 'h', tags: [] },
        { signal: stop.signal, onProgress: ({ bytesDone }) => bytesDone > 0 && stop.abort() },
      ),
    )
    expect(error).toMatchObject({ exitCode: exitCodes.interrupted, message: 'restic backup was interrupted' })
    expect(await locksOf(here)).toEqual([])
    expect(await listSnapshots(restic)).toEqual([])
  })

  test('the reason of an interruption is what is told of it', async () => {
    const here = await place(binary)
    const reason = new UserError({
      message: 'Stopped by SIGTERM',
      hint: 'Run it again.',
      exitCode: exitCodes.terminated,
    })
    const error = await rejection(listSnapshots(await here.open(), {}, { signal: AbortSignal.abort(reason) }))
    expect(error).toBe(reason)
  })

  test('a restic that was killed is told with its signal', async () => {
    const { place: here, kill } = await killable(await place(binary))
    const source = await here.files('source', { big: noise(150 * 1024 * 1024) })
    const restic = await openRestic({ ...here.environment, RESTIC_PROGRESS_FPS: '50' })
    const killOnce = once(kill)
    const error = await rejection(backup(restic, { paths: [source], host: 'h', tags: [] }, { onProgress: killOnce }))
    expect(error).toMatchObject({ exitCode: exitCodes.failed, message: 'restic backup was killed by SIGKILL' })
  })

  test('a cache that cannot be made is no failure, or one that says what to set', async () => {
    const here = await place(binary)
    const restic = await openRestic({ ...here.environment, RESTIC_CACHE_DIR: '/proc/nowhere' })
    if (version.startsWith('0.19.')) {
      const error = await rejection(listSnapshots(restic))
      expect(error).toMatchObject({ hint: expect.stringContaining('RESTIC_CACHE_DIR') })
    } else {
      expect(await listSnapshots(restic)).toEqual([])
    }
  })
})
