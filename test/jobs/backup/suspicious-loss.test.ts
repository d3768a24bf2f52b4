import { expect, test } from 'vitest'
import {
  lossWarnings,
  notAccepted,
  type SavedRows,
  suspiciousLosses,
} from '../../../src/jobs/backup/suspicious-loss.ts'
import { applyAccept } from '../../../src/standing-warnings.ts'

const monday = '2026-05-04T03:00:00.000Z'

const saved = (tables: Readonly<Record<string, number>>, more: Partial<SavedRows> = {}): SavedRows => ({
  instant: monday,
  databases: [{ name: 'dtable_db', tables: Object.entries(tables).map(([name, rows]) => ({ name, rows })) }],
  ...more,
})

const losses = (before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>) =>
  suspiciousLosses(saved(before), saved(now)).map(({ what, before: had, now: has }) => `${what} ${had} → ${has}`)

test.each<[what: string, before: Record<string, number>, now: Record<string, number>, expected: string[]]>([
  ['the same rows', { dtables: 100 }, { dtables: 100 }, []],
  ['more rows, and a new table', { dtables: 100 }, { dtables: 300, new: 1 }, []],
  ['half of the rows', { dtables: 100 }, { dtables: 50 }, []],
  ['less than half of the rows', { dtables: 75_313 }, { dtables: 15_311 }, ['dtable_db.dtables 75313 → 15311']],
  ['few rows less of few', { dtables: 9 }, { dtables: 1 }, []],
  ['no rows any more', { dtables: 3 }, { dtables: 0 }, ['dtable_db.dtables 3 → 0']],
  ['two rows that went', { dtables: 2 }, { dtables: 0 }, []],
  ['a table that is gone', { dtables: 1, forms: 5 }, { dtables: 1 }, ['dtable_db.forms 5 → null']],
  ['an empty table that is gone', { dtables: 1, forms: 0 }, { dtables: 1 }, []],
  [
    'what SeaTable cleans every night',
    { operation_log: 1e6, activities: 5000, user_activities: 5000, django_session: 700, GarbageRepos: 20 },
    { operation_log: 0, activities: 10, user_activities: 10, django_session: 3, GarbageRepos: 0 },
    [],
  ],
  ['a log that is gone: no cleaning drops one', { session_log: 5 }, {}, ['dtable_db.session_log 5 → null']],
])('%s', (_what, before, now, expected) => {
  expect(losses(before, now)).toEqual(expected)
})

test('a database that is not saved any more is one', () => {
  expect(suspiciousLosses(saved({ dtables: 7 }), { databases: [] })).toEqual([
    { what: 'dtable_db', before: 7, now: null, since: monday },
  ])
})

test('a loss stands against what there was, night after night, until the rows are back or it is accepted', () => {
  const first = suspiciousLosses(saved({ dtables: 100, forms: 9 }), saved({ dtables: 20 }))
  const tuesday = saved({ dtables: 20 }, { instant: '2026-05-05T03:00:00.000Z', losses: notAccepted(first, []) })
  expect(suspiciousLosses(tuesday, saved({ dtables: 21 }))).toEqual([
    { what: 'dtable_db.dtables', before: 100, now: 21, since: monday },
    { what: 'dtable_db.forms', before: 9, now: null, since: monday },
  ])
  expect(suspiciousLosses(tuesday, saved({ dtables: 90, forms: 9 }))).toEqual([])
  const accepted = { ...tuesday, losses: notAccepted(first, ['loss:dtable_db.dtables', 'loss:dtable_db.forms']) }
  expect(suspiciousLosses(accepted, saved({ dtables: 21 }))).toEqual([])
})

test('it is one warning, each part of which can be accepted', () => {
  const found = suspiciousLosses(saved({ dtables: 100, forms: 9 }), saved({ dtables: 20 }))
  expect(applyAccept(lossWarnings(found), ['loss:dtable_db.forms'])).toEqual([
    {
      ids: ['loss:dtable_db.dtables'],
      message: `Most rows are gone of what earlier snapshots hold: dtable_db.dtables (100 rows in the snapshot of ${monday}, 20 now)`,
      accepted: false,
    },
    {
      ids: ['loss:dtable_db.forms'],
      message: `Most rows are gone of what earlier snapshots hold: dtable_db.forms (9 rows in the snapshot of ${monday}, gone now)`,
      accepted: true,
    },
  ])
})
