import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type BackupRequest, backup } from '../../src/restic/backup.ts'
import { removeWhenOpened } from '../environment/lease.ts'
import { asNobody, type Place, place } from '../environment/repository.ts'
import { describeWith } from '../environment/requirements.ts'
import { resticBinaries } from '../environment/restic.ts'

const binaries = [...(await resticBinaries())]

await describeWith('root', 'while restic reads', () => {
  describe.each(binaries)('restic %s', (_version, binary) => {
    const source = (here: Place) =>
      here.files('source', { 'below/a': 'a', 'below/b': 'b', 'below/c/in': 'c', 'below/z': 'z' })

    /** A backup in the middle of which `doomed` goes: when `below/a` is opened. */
    const backUpLosing = async (here: Place, doomed: readonly string[], request: Partial<BackupRequest>) => {
      const paths = [join(here.dir, 'source')]
      const release = await removeWhenOpened(join(here.dir, 'source/below/a'), doomed)
      try {
        return await backup(await here.open(), { paths, host: 'h', tags: [], ...request })
      } finally {
        release()
      }
    }

    test('files and directories that vanish are no lack of the snapshot', async () => {
      const here = await place(binary)
      const below = join(await source(here), 'below')
      const doomed = ['a', 'c', 'z'].map((name) => join(below, name))
      const result = await backUpLosing(here, doomed, {})
      expect(result).toMatchObject({ unreadable: [], missingPaths: [] })
      expect(doomed).toEqual(expect.arrayContaining([...result.vanished]))
      expect(result.vanished).toContain(join(below, 'a'))
      const saved = await here.restic('ls', result.snapshotId)
      expect(saved).toContain(join(below, 'b'))
      expect(saved).not.toContain(join(below, 'z'))
    })

    test('one that cannot be read is a lack of the snapshot beside those that vanish', async () => {
      const here = await asNobody(await place(binary))
      const below = join(await source(here), 'below')
      await chmod(join(below, 'b'), 0o000)
      const { unreadable, vanished } = await backUpLosing(here, [join(below, 'a'), join(below, 'z')], {})
      expect(unreadable.map(({ item }) => item)).toEqual([join(below, 'b')])
      expect(vanished).not.toContain(join(below, 'b'))
    })

    test('what vanishes where nothing may is a lack of the snapshot', async () => {
      const here = await place(binary)
      const folder = await source(here)
      const { unreadable, vanished } = await backUpLosing(here, [join(folder, 'below/a')], { whole: [folder] })
      expect(unreadable.map(({ item }) => item)).toEqual([join(folder, 'below/a')])
      expect(vanished).toEqual([])
    })

    test('a directory that was to be saved and vanishes as a whole is a lack of the snapshot', async () => {
      const here = await place(binary)
      const folder = await source(here)
      const other = await here.files('zzz-other', { x: 'x' })
      const { unreadable } = await backUpLosing(here, [other], { paths: [folder, other] })
      expect([...new Set(unreadable.map(({ item }) => item))]).toEqual([other])
    })
  })
})
