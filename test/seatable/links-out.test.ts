import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linksOut, linkWarnings } from '../../src/seatable/links-out.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'links-out-'))
  for (const name of ['data/seafile-data/storage', 'data/seahub-data', 'data/logs', 'disk/blocks', 'extra']) {
    await mkdir(join(folder, name), { recursive: true })
  }
  await writeFile(join(folder, 'disk', 'file'), '')
})

afterEach(() => rm(folder, { recursive: true }))

const at = (...names: string[]) => join(folder, ...names)

const look = () => linksOut([at('data/seafile-data'), at('data/seahub-data')], [at('extra'), at('data/logs')])

test('a link to a file or directory that is not saved is told, also through another link', async () => {
  await symlink('../../../disk/blocks', at('data/seafile-data/storage/blocks'))
  await symlink(at('disk/file'), at('data/seahub-data/file'))
  await symlink(at('disk'), at('extra/disk'))
  await symlink(at('extra/disk/file'), at('data/seahub-data/through'))
  expect(await look()).toEqual([
    { link: at('data/seafile-data/storage/blocks'), to: at('disk/blocks') },
    { link: at('data/seahub-data/file'), to: at('disk/file') },
    { link: at('data/seahub-data/through'), to: at('disk/file') },
  ])
  const [warning] = linkWarnings(await look())
  expect(warning?.say(warning.about)).toContain(
    `lead to what is not saved: ${at('data/seafile-data/storage/blocks')} to ${at('disk/blocks')}, `,
  )
})

test('a link to what is saved, to logs, to nothing, to itself or to a device is none of these', async () => {
  await symlink(at('data/seahub-data'), at('data/seafile-data/other'))
  await symlink(at('extra'), at('data/seafile-data/extra'))
  await symlink('../logs', at('data/seafile-data/logs'))
  await symlink('/shared/seatable/only-in-the-container', at('data/seafile-data/dangling'))
  await symlink('itself', at('data/seafile-data/itself'))
  await symlink('/dev/null', at('data/seafile-data/null'))
  expect(await look()).toEqual([])
  expect(linkWarnings([])).toEqual([])
})
