import { mkdir, mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sweepOptionFiles } from '../../src/engines/host-engine.ts'

// Linux gives no process a number above this.
const nobody = 4_194_305

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatable-restic-option-files-'))
})

afterEach(() => rm(folder, { recursive: true }))

test('only option files of dead processes are swept, and none of another container that shares the folder', async () => {
  const namespace = /\d+/.exec(await readlink('/proc/self/ns/pid'))?.[0]
  const dead = `seatable-restic-client-${namespace}-${nobody}-x`
  const alive = `seatable-restic-client-${namespace}-${process.pid}-x`
  const elsewhere = `seatable-restic-client-1-${nobody}-x`
  for (const name of [dead, alive, elsewhere, 'other']) await mkdir(join(folder, name))
  await sweepOptionFiles(folder)
  expect((await readdir(folder)).sort()).toEqual([alive, elsewhere, 'other'].sort())
})
