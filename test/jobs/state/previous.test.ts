import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keptDatabase, keptOf, readPrevious, recordPrevious } from '../../../src/jobs/state/previous.ts'

/** Of a restore by the version before; it has objects, foreign keys and directories. */
const older = 'test/jobs/state/previous/with-objects.json'

let stateDir: string

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'previous-'))
  await copyFile(older, join(stateDir, 'previous.json'))
})

afterAll(() => rm(stateDir, { recursive: true }))

const document = async (path: string) => JSON.parse(await readFile(path, 'utf8'))

test('what the version before has kept is read, and written again with nothing lost', async () => {
  const previous = await readPrevious(stateDir)
  if (previous === null) throw new Error('Nothing was read')
  expect(previous.databases.map(keptDatabase)).toEqual([
    'ccnet_db__previous',
    'seafile_db__previous',
    'dtable_db__previous',
  ])
  expect(keptOf(previous).snapshot).toBe((await document(older)).snapshot)
  expect(previous.databases.flatMap(({ objects }) => objects).length).toBeGreaterThan(10)
  await recordPrevious(stateDir, previous)
  expect(await document(join(stateDir, 'previous.json'))).toEqual(await document(older))
})
