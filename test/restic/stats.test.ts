import { describe, expect, test } from 'vitest'
import { listSnapshots } from '../../src/restic/snapshots.ts'
import { sizeOf } from '../../src/restic/stats.ts'
import { place } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test.each([
    ['of files', { one: 'x', 'inside/other': 'four' }, 5],
    ['of nothing', {}, 0],
  ])('says how large a snapshot %s is where the snapshot does not', async (_what, files, bytes) => {
    const here = await place(binary)
    await here.restic('backup', await here.files('data', files))
    const restic = await here.open()
    const [snapshot] = await listSnapshots(restic)
    expect(await sizeOf(restic, { id: snapshot?.id ?? '', summary: null })).toEqual({
      // Of folders too, and of those above.
      count: expect.any(Number),
      bytes,
    })
  })
})
