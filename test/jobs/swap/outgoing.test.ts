import { expect, test } from 'vitest'
import { type OutgoingDatabase, previousOf } from '../../../src/jobs/swap/outgoing.ts'

const at = new Date('2026-05-04T03:00:00Z')

const incoming = {
  database: 'dtable_db__aside',
  characterSet: 'latin1',
  collation: 'latin1_swedish_ci',
  tables: ['rows'],
  foreignKeys: [],
  home: 'dtable_db__aside',
}

const recordOf = (change: Partial<OutgoingDatabase>) => {
  const swap = { name: 'dtable_db', live: null, incoming, outgoing: 'dtable_db__previous', kept: 'dtable_db__previous' }
  return previousOf('423469e7', at, [{ ...swap, ...change }], []).databases[0]
}

test('what was live is recorded with all that brings it back', () => {
  const live = { characterSet: 'utf8mb3', collation: 'utf8mb3_bin', tables: ['rows'], objects: [], foreignKeys: [] }
  expect(recordOf({ live })).toEqual({ name: 'dtable_db', kept: 'dtable_db__previous', existed: true, ...live })
})

test('a database that was not there is recorded as that, with the character set of what comes in', () => {
  const { characterSet, collation } = incoming
  expect(recordOf({})).toMatchObject({ existed: false, characterSet, collation, tables: [] })
})

test('no record has an empty character set, whatever the manifest says', () => {
  const usual = { characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci' }
  expect(recordOf({ incoming: null })).toMatchObject(usual)
  expect(recordOf({ incoming: { ...incoming, characterSet: '', collation: '' } })).toMatchObject(usual)
})
