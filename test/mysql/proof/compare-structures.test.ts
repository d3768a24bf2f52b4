import { expect, test } from 'vitest'
import { compareStructures } from '../../../src/mysql/proof/compare-structures.ts'
import { structureOf } from '../../../src/mysql/proof/table-structure.ts'
import { serverVersion } from '../../../src/mysql/sql/server-version.ts'

const changes = (saved: string, then: string, found: string, now: string): string[] | null => {
  const [one, other] = [serverVersion(then), serverVersion(now)]
  if (one === null || other === null) throw new Error('no version')
  const [before, after] = [structureOf(saved, one), structureOf(found, other)]
  return before === null || after === null ? null : compareStructures(before, after)
}

const mariadb105 = '10.5.23-MariaDB'
const mariadb118 = '11.8.9-MariaDB'
const mysql80 = '8.0.15'
const mysql97 = '9.7.4'

test.each([
  [
    'utf8 and utf8mb3 of MariaDB',
    'CREATE TABLE `t` (\n  `a` varchar(9) COLLATE utf8_bin NOT NULL,\n  `b` text DEFAULT NULL\n) ENGINE=InnoDB DEFAULT CHARSET=utf8',
    mariadb105,
    'CREATE TABLE `t` (\n  `a` varchar(9) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin NOT NULL,\n  `b` text DEFAULT NULL\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci',
    mariadb118,
  ],
  [
    'the widths of integers of MySQL',
    "CREATE TABLE `t` (\n  `a` int(11) NOT NULL AUTO_INCREMENT,\n  `b` bigint(20) unsigned DEFAULT '7',\n  `y` year(4) DEFAULT NULL,\n  PRIMARY KEY (`a`)\n) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci",
    mysql80,
    "CREATE TABLE `t` (\n  `a` int NOT NULL AUTO_INCREMENT,\n  `b` bigint unsigned DEFAULT '7',\n  `y` year DEFAULT NULL,\n  PRIMARY KEY (`a`)\n) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci",
    mysql97,
  ],
  [
    'a time of change',
    'CREATE TABLE `t` (\n  `a` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP\n) ENGINE=InnoDB',
    mysql80,
    'CREATE TABLE `t` (\n  `a` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()\n) ENGINE=InnoDB',
    mysql97,
  ],
  [
    'bytes as a default of MariaDB',
    "CREATE TABLE `t` (\n  `a` varbinary(5) DEFAULT '\\0\xff''',\n  `b` binary(2) DEFAULT '\\0\\0'\n) ENGINE=InnoDB",
    mariadb105,
    "CREATE TABLE `t` (\n  `a` varbinary(5) DEFAULT x'00ff27',\n  `b` binary(2) DEFAULT x'0000'\n) ENGINE=InnoDB",
    mariadb118,
  ],
])('other words for the same are no change: %s', (_, saved, then, found, now) => {
  expect(changes(saved, then, found, now)).toEqual([])
})

const plain =
  'CREATE TABLE `t` (\n  `a` int(11) NOT NULL DEFAULT 3,\n  `b` varchar(20) COLLATE utf8mb4_bin DEFAULT NULL,\n  PRIMARY KEY (`a`),\n  UNIQUE KEY `u` (`b`(5)),\n  KEY `k` (`a`,`b`),\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE CASCADE\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4'

test.each([
  ['a default that is lost', ' DEFAULT 3', '', /^`a` is int not null instead of int not null default 3$/],
  ['a column that may be null now', 'NOT NULL DEFAULT 3', 'DEFAULT 3', /^`a` is int default 3 instead of/],
  ['a shorter column', 'varchar(20)', 'varchar(19)', /^`b` is varchar\(19\)/],
  ['another collation', 'utf8mb4_bin', 'utf8mb4_general_ci', /^`b` is .*utf8mb4_general_ci instead of .*utf8mb4_bin/],
  ['an index that is lost', '\n  KEY `k` (`a`,`b`),', '', /^key `k` is missing$/],
  ['an index of other columns', '`k` (`a`,`b`)', '`k` (`b`,`a`)', /^key `k` is/],
  ['an index that is not unique any more', 'UNIQUE KEY `u`', 'KEY `u`', /^unique key `u` is missing$/],
  ['a foreign key that does not cascade any more', ' ON DELETE CASCADE', '', /^constraint `f` foreign key is/],
  ['another engine', 'ENGINE=InnoDB', 'ENGINE=MyISAM', /^engine is myisam instead of innodb$/],
  [
    'a column that is lost',
    '\n  `b` varchar(20) COLLATE utf8mb4_bin DEFAULT NULL,',
    '',
    /^its columns are `a` instead of `a`, `b`$/,
  ],
])('%s is a change, whatever the versions are', (_, was, is, said) => {
  expect(plain).toContain(was)
  for (const now of [mariadb105, mariadb118]) {
    expect(changes(plain, mariadb105, plain.replace(was, is), now)).toEqual(
      expect.arrayContaining([expect.stringMatching(said)]),
    )
  }
})
