import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { backup, backupArguments } from '../../src/restic/backup.ts'
import type { Progress } from '../../src/restic/messages.ts'
import { openRestic } from '../../src/restic/open.ts'
import { listSnapshots } from '../../src/restic/snapshots.ts'
import { asNobody, noise, place, rejection } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

test('the arguments end with the paths, and a path is never taken for an option', () => {
  expect(
    backupArguments({ paths: ['/-x', '/b'], host: 'h', tags: ['one', 'two'], parent: 'abc', excludes: ['/a[1]/*'] }),
  ).toEqual(
    ['backup --json --host h --tag one --tag two --parent abc --exclude', '/a\\[1\\]/\\*', '--', '/-x', '/b'].flatMap(
      (part, index) => (index === 0 ? part.split(' ') : [part]),
    ),
  )
})

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test('without a scan the same is saved, and how far it is can still be told', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: noise(40 * 1024 * 1024), 'folder/b': 'bb' })
    const restic = await openRestic({ ...here.environment, RESTIC_PROGRESS_FPS: '60' })
    const seen: Progress[] = []
    const onProgress = (progress: Progress) => void seen.push(progress)
    const request = { paths: [source], host: 'h', tags: [], scan: false }
    expect(await backup(restic, request, { onProgress })).toMatchObject({ filesNew: 2, missingPaths: [] })
    expect(seen.some(({ bytesDone }) => bytesDone > 0)).toBe(true)
    if (restic.has('backup without a scan')) expect(seen.every(({ bytesTotal }) => !bytesTotal)).toBe(true)
  })

  test('a backup returns the full id, the counts and where it is', async () => {
    const here = await place(binary)
    const restic = await here.open()
    const source = await here.files('source', { a: 'aaa', 'folder/b': 'bb' })
    const result = await backup(restic, { paths: [source], host: 'tables', tags: ['seatable', 'nightly'] })
    expect(result).toMatchObject({
      snapshotId: expect.stringMatching(/^[0-9a-f]{64}$/),
      filesNew: 2,
      filesChanged: 0,
      filesUnmodified: 0,
      totalFiles: 2,
      totalBytes: 5,
      unreadable: [],
      missingPaths: [],
    })
    expect(result.bytesAdded).toBeGreaterThan(5)
    expect(result.durationSeconds).toBeGreaterThan(0)
    expect(await listSnapshots(restic)).toMatchObject([
      { id: result.snapshotId, hostname: 'tables', tags: ['seatable', 'nightly'], paths: [source] },
    ])
  })

  test('what was added is told after compression since 0.16', async () => {
    const here = await place(binary)
    const restic = await here.open()
    const source = await here.files('source', { a: 'a'.repeat(200_000) })
    const { bytesAdded, bytesAddedPacked } = await backup(restic, { paths: [source], host: 'h', tags: [] })
    if (restic.version.minor < 16) expect(bytesAddedPacked).toBeNull()
    else expect(bytesAddedPacked).toBeLessThan(bytesAdded / 10)
  })

  test('progress rises to the bytes there are and names files', async () => {
    const here = await place(binary)
    const restic = await openRestic({ ...here.environment, RESTIC_PROGRESS_FPS: '60' })
    const source = await here.files('source', { big: noise(60 * 1024 * 1024), last: 'x' })
    const seen: Progress[] = []
    await backup(restic, { paths: [source], host: 'h', tags: [] }, { onProgress: (progress) => seen.push(progress) })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.every(({ percent }) => percent >= 0 && percent <= 100)).toBe(true)
    expect(seen.some(({ bytesDone, bytesTotal }) => bytesDone > 0 && bytesTotal === 60 * 1024 * 1024 + 1)).toBe(true)
    expect(seen.some(({ currentFile }) => currentFile === join(source, 'big'))).toBe(true)
  })

  test('a file that cannot be read is named, and the snapshot exists without it', async () => {
    const here = await asNobody(await place(binary))
    const restic = await here.open()
    const source = await here.files('source', { good: 'good', secret: 'secret' })
    await chmod(join(source, 'secret'), 0o000)
    await mkdir(join(source, 'closed'), { mode: 0o000 })
    const result = await backup(restic, { paths: [source], host: 'h', tags: [] })
    expect(result.unreadable.map(({ item }) => item).sort()).toEqual([join(source, 'closed'), join(source, 'secret')])
    expect(result.unreadable.find(({ item }) => item.endsWith('secret'))?.message).toMatch(/permission denied/)
    expect(result.unreadable.every(({ message }) => message !== '')).toBe(true)
    expect(result).toMatchObject({ totalFiles: 1, missingPaths: [] })
    expect(await listSnapshots(restic)).toMatchObject([{ id: result.snapshotId }])
  })

  test('a source that does not exist is missing from the snapshot, whatever restic says', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    const missing = join(here.dir, 'missing')
    const result = await backup(await here.open(), { paths: [source, missing], host: 'h', tags: [] })
    expect(result).toMatchObject({ missingPaths: [missing], unreadable: [], totalFiles: 1 })
  })

  test('a backup of sources of which none exists is a failure', async () => {
    const here = await place(binary)
    const error = await rejection(
      backup(await here.open(), { paths: [join(here.dir, 'missing')], host: 'h', tags: [] }),
    )
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).message).toMatch(/all (source|target) directories\/files do not exist/)
  })

  test('names that look like options, patterns or tags of JSON are saved as they are', async () => {
    const here = await place(binary)
    const restic = await here.open()
    const source = await here.files('-so{"ur[c]e', { '--json': '1', 'new\nline': '2', 'back\\slash': '3', ' ': '4' })
    await symlink('nowhere', join(source, 'link'))
    const result = await backup(restic, { paths: [source], host: 'h', tags: [] })
    expect(result).toMatchObject({ totalFiles: 4, unreadable: [], missingPaths: [] })
  })

  test('a path that is asked for with a slash at its end is not missing', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    const result = await backup(await here.open(), { paths: [`${source}/`], host: 'h', tags: [] })
    expect(result.missingPaths).toEqual([])
  })

  test('an excluded path is left out, and only that one', async () => {
    const here = await place(binary)
    const restic = await here.open()
    const source = await here.files('source', { 'data[1]*/x': '1', 'data1/x': '1', 'keep/data[1]*': '1' })
    const excludes = [join(source, 'data[1]*')]
    const result = await backup(restic, { paths: [source], host: 'h', tags: [], excludes })
    expect(result.totalFiles).toBe(2)
  })

  test('with a parent nothing that is unchanged is read again, though the paths differ', async () => {
    const here = await place(binary)
    const restic = await here.open()
    const source = await here.files('source', { a: 'a', b: 'b' })
    const extra = await here.files('extra', { c: 'c' })
    const first = await backup(restic, { paths: [source], host: 'h', tags: [] })
    const request = { paths: [source, extra], host: 'h', tags: [], parent: first.snapshotId }
    expect(await backup(restic, request)).toMatchObject({ filesUnmodified: 2, filesNew: 1 })
  })

  test('an unknown parent is a failure that restic explains', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    const request = { paths: [source], host: 'h', tags: [], parent: 'f'.repeat(64) }
    const error = await rejection(backup(await here.open(), request))
    expect(error).toMatchObject({ message: expect.stringMatching(/exit code 1: .*(ffffffff|not found)/s) })
  })
})
