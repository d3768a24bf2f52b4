import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isThere, isWithin, leadsToSomething } from '../src/paths.ts'

test.each([
  ['/data', '/data', true],
  ['/data/conf/x', '/data', true],
  ['/database', '/data', false],
  ['/', '/data', false],
  ['/data', '/', true],
])('%s is within %s: %s', (path, folder, is) => {
  expect(isWithin(path, folder)).toBe(is)
})

test('a link that leads nowhere is there, and leads to nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'seatable-restic-paths-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const link = join(folder, 'link')
  await symlink('/nowhere', link)
  expect([await isThere(link), await leadsToSomething(link)]).toEqual([true, false])
  expect([await isThere(folder), await leadsToSomething(folder)]).toEqual([true, true])
  const absent = join(folder, 'absent')
  expect([await isThere(absent), await leadsToSomething(absent)]).toEqual([false, false])
})
