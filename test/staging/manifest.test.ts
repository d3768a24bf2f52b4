import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseManifest } from '../../src/staging/manifest.ts'

/** Of a backup by the version before. */
const older = 'test/staging/manifests/format-1.json'

test('a manifest that the version before has written is read, with all that it says', async () => {
  const text = await readFile(older, 'utf8')
  const manifest = parseManifest(text)
  expect(manifest).toEqual(JSON.parse(text))
  expect(manifest.databases.map(({ name, tables }) => [name, tables.length])).toEqual([
    ['ccnet_db', 8],
    ['seafile_db', 16],
    ['dtable_db', 44],
  ])
})

test('one of a format that is not known is refused, and says which', async () => {
  const text = JSON.stringify({ ...JSON.parse(await readFile(older, 'utf8')), format: 99 })
  expect(() => parseManifest(text)).toThrow(/99/)
})
