import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeTypes } from '../../src/restic/ls.ts'
import { listSnapshots } from '../../src/restic/snapshots.ts'
import { place } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test('says what each path is in a snapshot, one inside another too, and nothing of what is not in it', async () => {
    const here = await place(binary)
    const data = await here.files('data', { 'inside/deep/file': 'x' })
    const [file, link] = [join(data, 'inside', 'deep', 'file'), join(here.dir, 'link')]
    await symlink('/etc', link)
    await here.restic('backup', data, link)
    const restic = await here.open()
    const [snapshot] = await listSnapshots(restic)
    const types = await nodeTypes(restic, snapshot?.id ?? '', [data, file, link, join(here.dir, 'absent')])
    expect(Object.fromEntries(types)).toEqual({ [data]: 'dir', [file]: 'file', [link]: 'symlink' })
  })
})
