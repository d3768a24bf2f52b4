import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planDirectories } from '../../../src/jobs/restore/directories.ts'

let folder: string
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'seatable-restic-strange-')))
  for (const name of ['cron.d', 'home', 'seatable/storage-data', 'disk/storage-data', 'empty']) {
    await mkdir(join(folder, name), { recursive: true })
  }
  for (const name of ['cron.d/jobs', 'home/key', 'seatable/storage-data/a', 'disk/storage-data/a']) {
    await writeFile(join(folder, name), '')
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Where a directory of a snapshot goes on a machine of which nothing is known. */
const planned = async (name: string, path: string, elsewhere: boolean, dataDir: string) => {
  const nothing = { dataDir: null, elsewhere: [] }
  const directory = { name, path: join(folder, path), elsewhere }
  const { targets } = await planDirectories([directory], nothing, { dataDir: join(folder, dataDir) }, [], [])
  return targets.map(({ live }) => live.slice(folder.length + 1))
}

test('What an interrupted restore in place has left in pieces is replaced, wherever it is', async () => {
  const directory = { name: 'storage-data', path: join(folder, 'cron.d'), elsewhere: true }
  const nothing = { dataDir: null, elsewhere: [] }
  const { targets } = await planDirectories([directory], nothing, { dataDir: folder }, [], [join(folder, 'cron.d')])
  expect(targets).toHaveLength(1)
})

describe('a directory of which the snapshot alone says where it belongs', () => {
  test.each([
    ['goes where nothing is yet', 'seafile-data', 'x', false, 'seatable', 'seatable/seafile-data'],
    ['replaces what looks like it', 'storage-data', 'x', false, 'seatable', 'seatable/storage-data'],
    ['goes elsewhere, to what looks like it', 'storage-data', 'disk/storage-data', true, 'new', 'disk/storage-data'],
    ['goes elsewhere, where nothing lies', 'storage-data', 'empty', true, 'new', 'empty'],
  ])('%s', async (_, name, path, elsewhere, dataDir, live) => {
    expect(await planned(name, path, elsewhere, dataDir)).toEqual([live])
  })

  test.each([
    ['another directory of the host', 'cron.d', 'cron.d', true, 'new'],
    ['another directory under a name of SeaTable’s', 'storage-data', 'cron.d', true, 'new'],
    ['a directory beside what is said to be the data directory', 'home', 'x', false, ''],
  ])('does not replace %s', async (_, name, path, elsewhere, dataDir) => {
    await expect(planned(name, path, elsewhere, dataDir)).rejects.toThrow(/nothing on this host says so/)
  })
})
