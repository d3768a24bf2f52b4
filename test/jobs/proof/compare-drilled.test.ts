import { expect, test } from 'vitest'
import { compareDrilled } from '../../../src/jobs/proof/compare-drilled.ts'
import { refuseOtherKind } from '../../../src/jobs/snapshots/server-kind.ts'

const create = (type: string) => `CREATE TABLE \`t\` (\n  \`a\` ${type} DEFAULT NULL\n) ENGINE=InnoDB`
const saved = {
  name: 'dtable_db',
  tables: [{ name: 't', rows: 2, sha256: 'rows', definition: 'then' }],
  outline: { statements: [create('int(11)')], rows: [], objects: [] },
} as unknown as Parameters<typeof compareDrilled>[0]
const found = (change: object = {}) =>
  [
    { name: 't', rows: 2, sha256: 'rows', definition: 'now', create: create('int'), ...change },
  ] as unknown as Parameters<typeof compareDrilled>[1]
const upgraded = { saved: '8.0.15', now: '9.7.4' }

test('after an upgrade other words are a note that names both versions', () => {
  const { differences, notes } = compareDrilled(saved, found(), upgraded)
  expect(differences).toEqual([])
  expect(notes).toEqual(['dtable_db: MySQL 9.7.4 shows t in other words than MySQL 8.0.15, and means the same'])
})

test('on the same version other words are a difference', () => {
  const { differences, notes } = compareDrilled(saved, found(), { saved: '9.7.4', now: '9.7.4' })
  expect(differences).toEqual(['the definition of dtable_db.t differs'])
  expect(notes).toEqual([])
})

test('on the same version of MySQL the character set that a collation implies is no difference, anywhere else it is', () => {
  const text = (words: string) => `CREATE TABLE \`t\` (\n  \`a\` text ${words}\n)`
  const compare = (then: string, now: string, version = '9.7.4') =>
    compareDrilled(
      { ...saved, outline: { ...saved.outline, statements: [text(then)] } },
      found({ create: text(now) }),
      { saved: version, now: version },
    ).differences
  expect(compare('COLLATE utf8mb4_bin', 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')).toEqual([])
  for (const [then, now, version] of [
    ['COLLATE utf8mb4_bin', 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'],
    ['COLLATE utf8mb4_bin', 'CHARACTER SET latin1 COLLATE utf8mb4_bin'],
    ["COMMENT ' COLLATE utf8mb4_bin'", "COMMENT ' CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'"],
    ['COLLATE utf8mb4_bin', 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', '10.11.6-MariaDB'],
  ] as const) {
    expect(compare(then, now, version)).toEqual([expect.stringMatching(/^the definition of dtable_db.t differs/)])
  }
})

test('of rows that the server dates by itself only the number is compared, which a note tells', () => {
  const dated = (column: string) => ({
    ...saved,
    outline: { ...saved.outline, statements: [`CREATE TABLE \`t\` (\n  ${column}\n)`] },
  })
  const versioned = dated('`since` timestamp(6) GENERATED ALWAYS AS ROW START')
  const sameServer = { saved: '10.11.6-MariaDB', now: '10.11.6-MariaDB' }
  const others = { sha256: 'others', definition: 'then' }
  expect(compareDrilled(versioned, found(others), sameServer)).toEqual({
    differences: [],
    notes: [
      'dtable_db: rows of t begin to be valid when they are loaded (ROW START), so only their number was compared',
    ],
  })
  expect(compareDrilled(versioned, found({ ...others, rows: 1 }), sameServer).differences).toEqual([
    'dtable_db.t has 1 rows instead of 2',
  ])
  for (const column of ["`a` int COMMENT 'GENERATED ALWAYS AS ROW START'", '`GENERATED ALWAYS AS ROW START` int']) {
    expect(compareDrilled(dated(column), found(others), sameServer).differences).toEqual(['rows of dtable_db.t differ'])
  }
})

test('after an upgrade a real change is a difference, and so are other rows', () => {
  const shorter = found({ create: create('smallint') })
  expect(compareDrilled(saved, shorter, upgraded).differences).toEqual([
    'the definition of dtable_db.t differs (saved by MySQL 8.0.15, now MySQL 9.7.4): `a` is smallint instead of int',
  ])
  expect(compareDrilled(saved, found({ sha256: 'others' }), upgraded).differences).toEqual([
    'rows of dtable_db.t differ (saved by MySQL 8.0.15, now MySQL 9.7.4)',
  ])
  expect(compareDrilled(saved, [], upgraded).differences).toEqual(['dtable_db.t is missing'])
})

test.each([
  ['10.11.6-MariaDB', '9.7.4', 'MariaDB 10.11.6', 'MySQL 9.7.4'],
  ['9.7.4', '11.8.9-MariaDB', 'MySQL 9.7.4', 'MariaDB 11.8.9'],
])('a snapshot of %s is refused on %s, which is of the other kind', (saved, now, one, other) => {
  const refuse = (databases: readonly unknown[]) => () => refuseOtherKind({ saved, now }, databases, 'Go elsewhere.')
  expect(refuse([{}])).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: expect.stringContaining(`is of ${one}, and this server is ${other}`),
      hint: 'Nothing was touched. Go elsewhere.',
    }),
  )
  expect(refuse([])).not.toThrow()
})
