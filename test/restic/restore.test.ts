import { lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes, UserError } from '../../src/errors.ts'
import { backup } from '../../src/restic/backup.ts'
import type { Progress } from '../../src/restic/messages.ts'
import { openRestic } from '../../src/restic/open.ts'
import { readSnapshotFile } from '../../src/restic/read-file.ts'
import { restore } from '../../src/restic/restore.ts'
import { noise, type Place, place, rejection, whileLockedExclusively } from '../environment/repository.ts'
import { available } from '../environment/requirements.ts'
import { resticBinaries } from '../environment/restic.ts'
import { onSmallDisk } from '../environment/small-disk.ts'

const isRoot = await available('root')

const save = async (here: Place, ...paths: string[]) => {
  const restic = await here.open()
  const { snapshotId } = await backup(restic, { paths, host: 'h', tags: [] })
  return { restic, snapshotId, target: join(here.dir, 'target') }
}

// Each with a neighbour that the name would match if it were taken for a pattern.
const nastyNames = [
  ['d[1]', 'd1'],
  ['d[a-c]', 'db'],
  ['st*r', 'star'],
  ['**', 'anything'],
  ['wh?t', 'what'],
  ['back\\slash', 'backslash'],
  ['end\\', 'end'],
  ['\\*', '\\x'],
  ['[', 'x'],
  [']', 'x'],
  ['{a,b}', 'a'],
  ['!not', 'not'],
  ['#hash', 'hash'],
  ['$HOME', 'x'],
  [' lead', 'lead'],
  ['trail ', 'trail'],
  ['new\nline', 'line'],
  ['ünï-中', 'un'],
] as const

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test('only what is included comes back', async () => {
    const here = await place(binary)
    const source = await here.files('source', { 'wanted/a': 'aaa', 'wanted/deep/b': 'bb', other: 'o', single: 's' })
    const { restic, snapshotId, target } = await save(here, source)
    const includes = [join(source, 'wanted'), join(source, 'single')]
    await restore(restic, { snapshotId, target, includes, verify: true })
    expect(await readFile(join(target, source, 'wanted/deep/b'), 'utf8')).toBe('bb')
    expect((await readdir(join(target, source))).sort()).toEqual(['single', 'wanted'])
  })

  test('a whole snapshot comes back without includes', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a', 'b/c': 'c' })
    const { restic, snapshotId, target } = await save(here, source)
    await restore(restic, { snapshotId, target, includes: [], verify: false })
    expect(await readFile(join(target, source, 'a'), 'utf8')).toBe('a')
    expect(await readFile(join(target, source, 'b/c'), 'utf8')).toBe('c')
  })

  test('an include inside another comes back with it', async () => {
    const here = await place(binary)
    const source = await here.files('source', { 'a/b/c': 'c' })
    const { restic, snapshotId, target } = await save(here, source)
    const includes = [join(source, 'a'), join(source, 'a/b'), join(source, 'a')]
    await restore(restic, { snapshotId, target, includes, verify: false })
    expect(await readFile(join(target, source, 'a/b/c'), 'utf8')).toBe('c')
  })

  test('a name with the characters of a pattern is included literally, as folder and as file', async () => {
    const here = await place(binary)
    const contents = nastyNames.flatMap(([name, neighbour], index) => [
      [`${index}/folder/${name}/x`, 'x'],
      [`${index}/folder/${neighbour}/x`, 'x'],
      [`${index}/file/${name}`, 'x'],
      [`${index}/file/${neighbour}`, 'x'],
    ])
    const source = await here.files('source', Object.fromEntries(contents))
    const { restic, snapshotId, target } = await save(here, source)
    const includes = nastyNames.flatMap(([name], index) => [
      join(source, `${index}/folder`, name),
      join(source, `${index}/file`, name),
    ])
    await restore(restic, { snapshotId, target, includes, verify: false })
    for (const [index, [name]] of nastyNames.entries()) {
      expect(await readdir(join(target, source, `${index}/folder`))).toEqual([name])
      expect(await readdir(join(target, source, `${index}/file`))).toEqual([name])
    }
  })

  test('an include that the snapshot does not hold is a failure', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    const { restic, snapshotId, target } = await save(here, source)
    const includes = [join(source, 'a'), join(source, 'typo')]
    const error = await rejection(restore(restic, { snapshotId, target, includes, verify: false }))
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ message: expect.stringContaining(`does not hold ${join(source, 'typo')}`) })
  })

  test('a symbolic link comes back as one', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    await symlink('nowhere', join(source, 'link'))
    const { restic, snapshotId, target } = await save(here, source)
    const includes = [join(source, 'link')]
    await restore(restic, { snapshotId, target, includes, verify: false })
    expect((await lstat(join(target, source, 'link'))).isSymbolicLink()).toBe(true)
  })

  test('a target that is a symbolic link is followed, not replaced', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    const { restic, snapshotId, target } = await save(here, source)
    await mkdir(join(here.dir, 'real'))
    await symlink('real', target)
    await restore(restic, { snapshotId, target, includes: [source], verify: false })
    expect((await lstat(target)).isSymbolicLink()).toBe(true)
    expect(await readFile(join(here.dir, 'real', source, 'a'), 'utf8')).toBe('a')
  })

  test('a target that is made is for its owner alone', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    const { restic, snapshotId, target } = await save(here, source)
    await restore(restic, { snapshotId, target, includes: [source], verify: false })
    expect((await stat(target)).mode & 0o777).toBe(0o700)
  })

  test('what the target already holds is overwritten where it differs', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'new', b: 'b' })
    const { restic, snapshotId, target } = await save(here, source)
    await mkdir(join(target, source), { recursive: true })
    await writeFile(join(target, source, 'a'), 'older and longer')
    await writeFile(join(target, source, 'mine'), 'mine')
    await restore(restic, { snapshotId, target, includes: [source], verify: true })
    expect(await readFile(join(target, source, 'a'), 'utf8')).toBe('new')
    expect(await readFile(join(target, source, 'mine'), 'utf8')).toBe('mine')
  })

  test('progress is told since 0.16', async () => {
    const here = await place(binary)
    const source = await here.files('source', { big: noise(80 * 1024 * 1024) })
    const { snapshotId, target } = await save(here, source)
    const restic = await openRestic({ ...here.environment, RESTIC_PROGRESS_FPS: '60' })
    const seen: Progress[] = []
    const onProgress = (progress: Progress) => void seen.push(progress)
    await restore(restic, { snapshotId, target, includes: [source], verify: false }, { onProgress })
    if (restic.has('progress of restore')) expect(seen.some(({ bytesDone }) => bytesDone > 0)).toBe(true)
    else expect(seen).toEqual([])
  })

  test('an unknown snapshot is a failure that restic explains', async () => {
    const here = await place(binary)
    const restic = await here.open()
    const request = { snapshotId: 'f'.repeat(64), target: join(here.dir, 'target'), includes: ['/a'], verify: false }
    const error = await rejection(restore(restic, request))
    expect(error).toMatchObject({ message: expect.stringMatching(/no matching ID found|failed to find snapshot/) })
  })

  test('a locked repository is told as locked', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    const { restic, snapshotId, target } = await save(here, source)
    await whileLockedExclusively(here, async () => {
      const error = await rejection(restore(restic, { snapshotId, target, includes: [source], verify: false }))
      expect(error).toMatchObject({ exitCode: exitCodes.locked })
    })
  })

  test('files that cannot be restored are named, up to 5', async () => {
    const here = await place(binary)
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const source = await here.files('source', Object.fromEntries(names.map((name) => [name, `content of ${name}`])))
    const { restic, snapshotId, target } = await save(here, source)
    // A folder with something in it cannot be replaced by a file.
    for (const name of names) await mkdir(join(target, source, name, 'in the way'), { recursive: true })
    const error = (await rejection(
      restore(restic, { snapshotId, target, includes: [source], verify: false }),
    )) as UserError
    expect(error).toMatchObject({ exitCode: exitCodes.failed })
    const named = names.filter((name) => error.message.includes(join(source, name)))
    expect(named).toHaveLength(5)
  })

  test.runIf(isRoot)('a full disk is told as one, in bounded memory', async () => {
    const here = await place(binary)
    const source = await here.files('source', { one: noise(60 * 1024 * 1024), two: noise(60 * 1024 * 1024) })
    const { restic, snapshotId } = await save(here, source)
    await onSmallDisk(5, join(here.dir, 'disk'), async () => {
      const request = { snapshotId, target: join(here.dir, 'disk'), includes: [source], verify: false }
      const error = (await rejection(restore(restic, request))) as UserError
      expect(error).toMatchObject({
        exitCode: exitCodes.failed,
        message: expect.stringMatching(/^The disk is full: .*no space left on device/),
      })
      expect(error.message.length).toBeLessThan(1000)
    })
  })

  test('an interrupted restore gives exit code 130', async () => {
    const here = await place(binary)
    const source = await here.files('source', { big: noise(150 * 1024 * 1024) })
    const { restic, snapshotId, target } = await save(here, source)
    const stop = new AbortController()
    const running = restore(restic, { snapshotId, target, includes: [source], verify: false }, { signal: stop.signal })
    const stopping = (async () => {
      while (!(await lstat(join(target, source, 'big')).catch(() => null))) await new Promise(setImmediate)
      stop.abort()
    })()
    const error = await rejection(running)
    await stopping
    expect(error).toMatchObject({ exitCode: exitCodes.interrupted })
  })

  test('a damaged repository is told with the files it cannot give', async () => {
    const here = await place(binary)
    const source = await here.files('source', { lost: noise(3 * 1024 * 1024) })
    const { snapshotId, target } = await save(here, source)
    await rm(join(here.dir, 'cache'), { recursive: true })
    const packs = join(here.dir, 'repository', 'data')
    for (const folder of await readdir(packs)) {
      for (const pack of await readdir(join(packs, folder))) {
        const path = join(packs, folder, pack)
        const bytes = await readFile(path)
        if (bytes.length < 1024 * 1024) continue
        bytes.fill(0, 1000, 2000)
        await rm(path)
        await writeFile(path, bytes)
      }
    }
    const restic = await here.open()
    const error = await rejection(restore(restic, { snapshotId, target, includes: [source], verify: false }))
    expect(error).toMatchObject({
      exitCode: exitCodes.failed,
      message: expect.stringContaining(join(source, 'lost')),
      hint: expect.stringContaining('check --read-data'),
    })
  })

  test('a small file of a snapshot is read to memory', async () => {
    const here = await place(binary)
    const source = await here.files('source', { 'manifest.json': '{"name":"中"}\n', 'od[d]*\\name': 'x', empty: '' })
    const { restic, snapshotId } = await save(here, source)
    expect(await readSnapshotFile(restic, snapshotId, join(source, 'manifest.json'))).toBe('{"name":"中"}\n')
    expect(await readSnapshotFile(restic, snapshotId, join(source, 'od[d]*\\name'))).toBe('x')
    expect(await readSnapshotFile(restic, snapshotId, join(source, 'empty'))).toBe('')
  })

  test('a file that the snapshot does not hold is null, an unknown snapshot a failure', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    const { restic, snapshotId } = await save(here, source)
    expect(await readSnapshotFile(restic, snapshotId, join(source, 'b'))).toBeNull()
    expect(await readSnapshotFile(restic, snapshotId, '/elsewhere/b')).toBeNull()
    const error = await rejection(readSnapshotFile(restic, 'f'.repeat(64), join(source, 'a')))
    expect(error).toMatchObject({ message: expect.stringMatching(/no matching ID found|failed to find snapshot/) })
  })
})
