import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  beforeSwap,
  isOfSwap,
  type Journal,
  readJournal,
  scratchJournal,
  swapJournal,
  writeJournal,
} from '../../../src/jobs/state/journal.ts'

/** What the version before, which had one shape for all of them, has written in each phase. */
const older = resolve('test/jobs/state/journals')

const began = new Date('2026-05-04T03:00:00Z')

let stateDir: string

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'journal-'))
})

afterAll(() => rm(stateDir, { recursive: true }))

const path = () => join(stateDir, 'journal.json')

const written = async (journal: Journal): Promise<Record<string, unknown>> => {
  await writeJournal(stateDir, journal)
  return JSON.parse(await readFile(path(), 'utf8'))
}

const readOlder = async (name: string, change: (document: string) => string = (document) => document) => {
  await copyFile(join(older, `${name}.json`), path())
  await writeFile(path(), change(await readFile(path(), 'utf8')))
  const journal = await readJournal(stateDir)
  if (journal === null) throw new Error('There is no journal')
  return journal
}

describe('a journal that the version before has written', () => {
  test('is read in every phase, and written again with nothing lost', async () => {
    const names = await readdir(older)
    expect(names).toHaveLength(10)
    for (const name of names) {
      const document = JSON.parse(await readFile(join(older, name), 'utf8'))
      expect(await written(await readOlder(name.replace('.json', ''))), name).toEqual(document)
    }
  })

  test.each(['swapping', 'taken-back', 'swapped'])(
    'is one of a swap when it is %s, and says how far it is',
    async (name) => {
      const journal = await readOlder(name)
      if (!isOfSwap(journal)) throw new Error('It is not')
      expect(journal).toMatchObject({ phase: name, writers: [{ by: 'podman' }], restoresBigData: true })
      expect(journal.databases[0]?.incoming?.foreignKeys[0]?.referencedColumns).toEqual(['id'])
      expect(journal.previous?.directories[0]?.kept).toBe('/opt/seatable/.seatable-restic-previous/conf')
    },
  )

  test('is one of a swap when a restore in place is done, which swaps nothing', async () => {
    const journal = await readOlder('in-place-swapped')
    expect(isOfSwap(journal)).toBe(true)
    expect(journal).toMatchObject({ databases: [], directories: [], previous: null })
  })

  test.each(['stopped', 'in-place'])('is one of a restore in place when it is %s', async (name) => {
    const journal = await readOlder(name)
    expect(isOfSwap(journal)).toBe(false)
    const safetySnapshot = name === 'stopped' ? null : '5afe5afe'
    expect(journal).toMatchObject({ phase: name, safetySnapshot, replacing: { databases: ['dtable_db'] } })
  })

  test.each(['aside', 'drill-aside', 'rollback-aside', 'in-place-aside'])(
    'tells of scratch alone as long as nothing live has changed: %s',
    async (name) => {
      const journal = await readOlder(name)
      expect([journal.phase, isOfSwap(journal)]).toEqual(['aside', false])
      expect(journal.scratch.databases[0]).toMatch(/^dtable_db__/)
    },
  )

  test('may lack what came later', async () => {
    const journal = await readOlder('swapping', (text) => {
      const { putsAgain: _putsAgain, restoresBigData: _restoresBigData, ...document } = JSON.parse(text)
      for (const swap of document.databases) delete swap.wanted
      for (const kept of document.previous.databases) delete kept.kept
      return JSON.stringify(document)
    })
    expect(journal).toMatchObject({ phase: 'swapping', begun: 3, putsAgain: false, restoresBigData: false })
  })

  test('is not read when it lacks what its phase needs', async () => {
    const withoutSteps = (text: string) => JSON.stringify({ ...JSON.parse(text), begun: undefined })
    await expect(readOlder('swapping', withoutSteps)).rejects.toMatchObject({
      message: expect.stringContaining('is not what this version writes'),
    })
    expect((await readOlder('in-place', withoutSteps)).phase).toBe('in-place')
  })
})

describe('a journal of this version', () => {
  const scratch = scratchJournal('restore', '423469e7', began, { databases: ['dtable_db__aside'] })

  test('has whatever the version before looks for, in every phase', async () => {
    const inPlace = { ...scratch, phase: 'in-place', writers: [], safetySnapshot: null, replacing: null } as const
    const names = Object.keys(JSON.parse(await readFile(join(older, 'aside.json'), 'utf8')))
    for (const journal of [scratch, swapJournal(scratch, {}), inPlace]) {
      expect(Object.keys(await written(journal)).sort(), journal.phase).toEqual(names.sort())
    }
  })

  test('tells of scratch alone until the swap begins', async () => {
    const swap = swapJournal(scratch, { writers: [{ by: 'docker', name: 'seatable' }], restoresBigData: true })
    expect(beforeSwap(swap)).toEqual(scratch)
    expect(await written(beforeSwap(swap))).toMatchObject({ phase: 'aside', writers: [], begun: -1 })
  })
})
