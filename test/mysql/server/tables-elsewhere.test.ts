import { expect, test } from 'vitest'
import { placesIn } from '../../../src/mysql/server/tables-elsewhere.ts'

test.each([
  ["CREATE TABLE `t` (\n  `id` int\n) ENGINE=InnoDB DATA DIRECTORY='/fast/'", ["DATA DIRECTORY '/fast/'"], []],
  [
    "CREATE TABLE `m` (`id` int) ENGINE=MyISAM DATA DIRECTORY='/a b/' INDEX DIRECTORY='/it''s/'",
    ["DATA DIRECTORY '/a b/'", "INDEX DIRECTORY '/it''s/'"],
    [],
  ],
  [
    "CREATE TABLE `p` (`id` int)\n PARTITION BY RANGE (`id`)\n(PARTITION `p0` VALUES LESS THAN (10) DATA DIRECTORY = '/x' ENGINE = InnoDB,\n PARTITION `p1` VALUES LESS THAN MAXVALUE ENGINE = InnoDB)",
    ["DATA DIRECTORY '/x'"],
    [],
  ],
  ['CREATE TABLE `t` (`id` int) /*!50100 TABLESPACE `ts``1` */ ENGINE=InnoDB', [], ['tablespace ts`1']],
  ['CREATE TABLE `t` (`id` int) /*!50100 TABLESPACE `innodb_system` */ ENGINE=InnoDB', [], []],
  // What only looks like it.
  ["CREATE TABLE `t` (`s` varchar(9) DEFAULT 'DATA DIRECTORY=''/x''') COMMENT='a \\\\ DATA DIRECTORY = '", [], []],
  [
    "CREATE TABLE `DATA DIRECTORY=` (`TABLESPACE ` int, `x` varchar(9) DEFAULT '/x' COMMENT 'it\\'s TABLESPACE `ts`')",
    [],
    [],
  ],
])('places are read of definitions only where they are: %s', (definition, directories, tablespaces) => {
  expect(placesIn(definition)).toEqual({ directories, tablespaces })
})
