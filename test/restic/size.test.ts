import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../src/restic/size.ts'
import { listSnapshots } from '../../src/restic/snapshots.ts'
import { place } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  test.each([
    ['of files', { one: 'x', 'inside/other': 'four' }, { count: 2, bytes: 5 }],
    ['of nothing', {}, { count: 0, bytes: 0 }],
  ])(
    'counts the files of a snapshot %s as its backup did where the snapshot does not say',
    async (_what, files, size) => {
      const here = await place(binary)
      await here.restic('backup', await here.files('data', files))
      const restic = await here.open()
      const [snapshot] = await listSnapshots(restic)
      expect(await sizeOf(restic, { id: snapshot?.id ?? '', summary: null })).toEqual(size)
    },
  )
})
