import { expect, test } from 'vitest'
import { missingPrivileges } from '../../src/mysql/privileges.ts'

const databases = ['ccnet_db', 'dtable_db']

test.each([
  ['root of MariaDB', ['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED VIA x WITH GRANT OPTION'], [], []],
  [
    'root of MySQL 8, each privilege by its name',
    [
      'GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, REFERENCES, INDEX, ALTER, LOCK TABLES, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER ON *.* TO `root`@`localhost` WITH GRANT OPTION',
      'GRANT BACKUP_ADMIN ON *.* TO `root`@`localhost` WITH GRANT OPTION',
      "GRANT PROXY ON ``@`` TO 'root'@'localhost' WITH GRANT OPTION",
    ],
    [],
    [],
  ],
  ['root that may not grant', ['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`'], [], ['GRANT OPTION']],
  [
    'the user of SeaTable, whose databases are named with wildcards',
    [
      'GRANT USAGE ON *.* TO `seatable`@`%`',
      'GRANT ALL PRIVILEGES ON `ccnet\\_db`.* TO `seatable`@`%`',
      'GRANT ALL PRIVILEGES ON `dtable_%`.* TO `seatable`@`%`',
    ],
    [],
    expect.arrayContaining(['CREATE USER', 'CREATE', 'DROP', 'GRANT OPTION']),
  ],
  [
    'a user that sees the tables of one database only',
    ['GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `ccnet_db`.* TO `backup`@`%`'],
    ['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT'],
    expect.arrayContaining(['CREATE USER']),
  ],
  [
    'a user without views and events',
    ['GRANT SELECT, TRIGGER ON *.* TO `backup`@`%`'],
    ['SHOW VIEW', 'EVENT'],
    expect.arrayContaining(['CREATE USER', 'SHOW VIEW']),
  ],
  [
    'a user with rights on single tables',
    ['GRANT SELECT ON `ccnet_db`.`EmailUser` TO `backup`@`%`'],
    ['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT'],
    expect.arrayContaining(['CREATE USER']),
  ],
])('%s', (_who, grants, dump, restore) => {
  expect(missingPrivileges(grants, databases)).toEqual({ dump, restore })
})
