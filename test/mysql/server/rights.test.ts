import { expect, test } from 'vitest'
import { missingForRestore } from '../../../src/mysql/server/restore-rights.ts'
import { hasIdleRole, lackingForDump, type Rights } from '../../../src/mysql/server/rights.ts'

const databases = ['ccnet_db', 'dtable_db']
const mariadb = '10.11.6-MariaDB'

const rights = (grants: readonly string[], more: Partial<Rights> = {}): Rights => ({
  user: 'backup@%',
  version: mariadb,
  partialRevokes: false,
  grants,
  ...more,
})

const lacking = (grants: readonly string[], more: Partial<Rights> = {}): string[] => [
  ...new Set(lackingForDump(rights(grants, more), databases).map(({ privilege }) => privilege)),
]

const documented = ['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT']
const onBoth = (privileges: string) =>
  databases.map((name) => `GRANT ${privileges} ON \`${name}\`.* TO \`backup\`@\`%\``)

type Case = readonly [who: string, grants: readonly string[], lacks: readonly string[], more?: Partial<Rights>]

const cases: readonly Case[] = [
  ['root of MariaDB', ['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED VIA x WITH GRANT OPTION'], []],
  [
    'root of MySQL 8, each privilege by its name',
    [
      'GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, SHOW VIEW, CREATE ROUTINE, EVENT, TRIGGER ON *.* TO `root`@`localhost` WITH GRANT OPTION',
      'GRANT BACKUP_ADMIN,SHOW_ROUTINE ON *.* TO `root`@`localhost` WITH GRANT OPTION',
      "GRANT PROXY ON ``@`` TO 'root'@'localhost' WITH GRANT OPTION",
    ],
    [],
    { version: '8.0.36' },
  ],
  ['a server that asks nobody for rights, and so tells none', [], []],
  ['who sees all but routines, on MariaDB', [`GRANT ${documented.join(', ')} ON *.* TO \`backup\`@\`%\``], []],
  ['who sees all but routines of its databases, on MariaDB', onBoth(documented.join(', ')), ['SELECT on mysql.proc']],
  [
    'who may run routines, which shows their names and not what they do',
    onBoth([...documented, 'EXECUTE', 'ALTER ROUTINE', 'CREATE ROUTINE'].join(', ')),
    ['SELECT on mysql.proc'],
  ],
  ['who reads mysql.proc', [...onBoth(documented.join(', ')), 'GRANT SELECT ON `mysql`.`proc` TO `backup`@`%`'], []],
  [
    'who reads another table of mysql',
    [...onBoth(documented.join(', ')), 'GRANT SELECT ON `mysql`.`procs_priv` TO `backup`@`%`'],
    ['SELECT on mysql.proc'],
  ],
  [
    'who has SHOW CREATE ROUTINE',
    onBoth([...documented, 'SHOW CREATE ROUTINE'].join(', ')),
    [],
    { version: '11.3.2-MariaDB' },
  ],
  [
    'who has all privileges on its databases of MariaDB 11.8',
    onBoth('ALL PRIVILEGES'),
    [],
    { version: '11.8.3-MariaDB' },
  ],
  [
    'who has them where a proxy puts the number of an old MySQL before the version',
    onBoth('ALL PRIVILEGES'),
    [],
    { version: '5.5.5-11.8.3-MariaDB' },
  ],
  ['who sees all but routines, on MySQL 8', onBoth(documented.join(', ')), ['SHOW_ROUTINE'], { version: '8.4.3' }],
  [
    'who reads mysql.proc, which MySQL 8 has not',
    [...onBoth(documented.join(', ')), 'GRANT SELECT ON `mysql`.`proc` TO `backup`@`%`'],
    ['SHOW_ROUTINE'],
    { version: '9.7.1' },
  ],
  [
    'who has SHOW_ROUTINE',
    [...onBoth(documented.join(', ')), 'GRANT SHOW_ROUTINE ON *.* TO `backup`@`%`'],
    [],
    { version: '8.0.20' },
  ],
  [
    'the user of SeaTable, whose databases are named with wildcards',
    [
      'GRANT USAGE ON *.* TO `seatable`@`%`',
      'GRANT ALL PRIVILEGES ON `ccnet\\_db`.* TO `seatable`@`%`',
      'GRANT ALL PRIVILEGES ON `dtable_%`.* TO `seatable`@`%`',
    ],
    ['SELECT on mysql.proc'],
  ],
  ['who sees one database only', [onBoth('ALL PRIVILEGES')[0] ?? ''], ['SELECT on mysql.proc', ...documented]],
  ['who sees no views and events', ['GRANT SELECT, TRIGGER ON *.* TO `backup`@`%`'], ['SHOW VIEW', 'EVENT']],
  [
    'who has rights on single tables: the others are not even listed',
    ['GRANT ALL PRIVILEGES ON `ccnet_db`.`EmailUser` TO `backup`@`%`'],
    [...documented, 'SELECT on mysql.proc'],
  ],
  [
    'who has rights on single columns',
    [...onBoth('SELECT (`id`, `email`), SHOW VIEW, TRIGGER, EVENT'), 'GRANT SELECT ON `mysql`.* TO `backup`@`%`'],
    ['SELECT'],
  ],
  [
    'from whom something is taken again on one database',
    [
      'GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO `backup`@`%`',
      'REVOKE TRIGGER ON `dtable_db`.* FROM `backup`@`%`',
    ],
    ['TRIGGER'],
    { version: '8.0.36', partialRevokes: true },
  ],
  [
    'whose wildcards are letters, with partial revokes',
    [
      'GRANT SHOW_ROUTINE ON *.* TO `backup`@`%`',
      'GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `ccnet_db`.* TO `backup`@`%`',
      'GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `dtable\\_db`.* TO `backup`@`%`',
    ],
    documented,
    { version: '8.0.36', partialRevokes: true },
  ],
  [
    'who has a role that is not active',
    ['GRANT `backup_role` TO `backup`@`%`', 'GRANT USAGE ON *.* TO `backup`@`%`'],
    [...documented, 'SELECT on mysql.proc'],
  ],
]

test.each(cases.map((one) => [one[0], one] as const))('%s', (_who, [, grants, lacks, more]) => {
  expect(lacking(grants, more)).toEqual(lacks)
})

test('a lacking right is told with what it hides, and with the statement that gives it', () => {
  const grants = ['GRANT SELECT, SHOW VIEW, EVENT ON `ccnet_db`.* TO `backup`@`%`']
  expect(lackingForDump(rights(grants, { user: "o'neil@10.%" }), ['ccnet_db'])).toEqual([
    {
      privilege: 'TRIGGER',
      hides: 'triggers of ccnet_db',
      grant: "GRANT TRIGGER ON `ccnet\\_db`.* TO 'o''neil'@'10.%'",
    },
    {
      privilege: 'SELECT on mysql.proc',
      hides: 'routines of ccnet_db',
      grant: "GRANT SELECT ON mysql.proc TO 'o''neil'@'10.%'",
    },
  ])
})

test('a role is told from a proxy', () => {
  expect(hasIdleRole(rights(['GRANT `r`@`%` TO `backup`@`%`']))).toBe(true)
  expect(hasIdleRole(rights(["GRANT PROXY ON ''@'' TO 'root'@'localhost'", 'GRANT USAGE ON *.* TO `b`@`%`']))).toBe(
    false,
  )
})

test('a restore needs its rights on all databases', () => {
  expect(missingForRestore(rights(['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`']))).toEqual(['GRANT OPTION'])
  expect(missingForRestore(rights(onBoth('ALL PRIVILEGES')))).toEqual(
    expect.arrayContaining(['SELECT', 'CREATE USER', 'CREATE', 'DROP', 'GRANT OPTION']),
  )
})
