import { expect, test } from 'vitest'
import { defaultsAtHome, inDatabase } from '../../../src/mysql/sql/own-names.ts'

const create = (...lines: string[]) =>
  `CREATE TABLE \`t\` (\n${lines.join(',\n')}\n) ENGINE=InnoDB COMMENT='\`db\`.\`t\`'`

test.each([
  ['a default', '  `id` int DEFAULT nextval(`db`.`s`)', '  `id` int DEFAULT nextval(`other`.`s`)'],
  ['an expression', '  `id` int DEFAULT (nextval(`db`.`s`) + 1)', '  `id` int DEFAULT (nextval(`other`.`s`) + 1)'],
  ['tables of a MERGE', ') UNION=(`db`.`a`,`db`.`b`)', ') UNION=(`other`.`a`,`other`.`b`)'],
  ['a key', '  KEY (`a`) REFERENCES `db`.`t` (`a`)', '  KEY (`a`) REFERENCES `other`.`t` (`a`)'],
  ['other capitals', 'nextval(`DB`.`s`)', 'nextval(`other`.`s`)'],
])('%s that names its own database names the one that it is loaded into', (_, sql, renamed) => {
  expect(inDatabase(sql, 'db', 'other')).toBe(renamed)
})

test.each([
  ['a string', "  `a` text DEFAULT '`db`.`s`'"],
  ['a string with an escaped quote', "  `a` text DEFAULT 'it\\'s `db`.`s`', `b` text DEFAULT 'it''s `db`.`s`'"],
  ['a comment', '/* `db`.`s` */ SELECT 1'],
  ['a column of the same name', '  CHECK (`t`.`db` > 1)'],
  ['a longer name', '  `a` int DEFAULT nextval(`my``db`.`s`)'],
  ['another database', '  `a` int DEFAULT nextval(`db2`.`s`)'],
])('%s stays as it is', (_, sql) => {
  expect(inDatabase(sql, 'db', 'other')).toBe(sql)
})

test('a name of any bytes is read as the text it is', () => {
  const latin1 = (text: string) => Buffer.from(text).toString('latin1')
  expect(inDatabase(latin1('nextval(`dä``b`.`ß`)'), 'dä`b', 'öther')).toBe(latin1('nextval(`öther`.`ß`)'))
})

test('only the columns whose default names the database are given it again, with all that belongs to them', () => {
  const sql = create(
    "  `id` int(11) NOT NULL DEFAULT nextval(`db`.`s`) COMMENT 'a, `db`.'",
    "  `a` text DEFAULT '`db`.`s`'",
    '  `b` int(11) DEFAULT nextval(`db`.`s`) CHECK (`b` > 0)',
    '  KEY `k` (`b`)',
  )
  expect(defaultsAtHome(sql, 'db')).toBe(
    "ALTER TABLE `t` MODIFY `id` int(11) NOT NULL DEFAULT nextval(`db`.`s`) COMMENT 'a, `db`.', MODIFY `b` int(11) DEFAULT nextval(`db`.`s`) CHECK (`b` > 0), ALGORITHM=INSTANT",
  )
  expect(defaultsAtHome(create('  `a` int(11)'), 'db')).toBeNull()
})
