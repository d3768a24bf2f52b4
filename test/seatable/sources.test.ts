import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Installation } from '../../src/seatable/find/installation.ts'
import { findSources } from '../../src/seatable/sources.ts'
import { applyAccept } from '../../src/standing-warnings.ts'
import { configWith } from '../fixture/config.ts'

let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'seatable-restic-sources-'))
  for (const name of ['seafile-data', 'seahub-data', 'storage-data']) await mkdir(join(dataDir, name))
})

afterAll(() => rm(dataDir, { recursive: true }))

const warnings = async (dataPaths?: readonly string[], buckets: Installation['buckets'] = []) => {
  const installation = {
    ...{ dataDir, databaseNames: ['ccnet_db'], elsewhere: [], buckets, setupPaths: [], setupWarnings: [] },
  } as unknown as Installation
  const { pathWarnings } = await findSources(configWith(dataPaths ? { dataPaths } : {}), installation)
  return applyAccept(pathWarnings, []).flatMap(({ ids }) => ids)
}

test('what every SeaTable has is saved without a word, also where there is no conf', async () => {
  expect(await warnings()).toEqual([])
})

test('a directory that is configured and not there is named, as is one that is there and left out', async () => {
  expect(await warnings(['seafile-data', 'seahub-dta', 'storage-data', 'conf'])).toEqual([
    'data-paths:seahub-dta',
    'data-paths:seahub-data',
  ])
})

test('a directory whose files are in a bucket may be left out', async () => {
  const bucket = { directory: 'storage-data', holds: 'all', bucket: 'b', from: 'conf' } as unknown as Bucket
  expect(await warnings(['seafile-data', 'seahub-data'], [bucket])).toEqual([])
})

type Bucket = Installation['buckets'][number]
