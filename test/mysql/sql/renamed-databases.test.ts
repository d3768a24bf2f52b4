import { describe, expect, test } from 'vitest'
import { asDisabled, withStatusOf } from '../../../src/mysql/objects/event-status.ts'
import { withDatabasesRenamed } from '../../../src/mysql/sql/renamed-databases.ts'
import { SessionReading } from '../../../src/mysql/sql/session-reading.ts'

const readingIn = (mode: string) => {
  const session = new SessionReading()
  session.notice(`SET sql_mode = '${mode}'`)
  return session.current
}

const names = new Map([
  ['shop', 'shop__proof'],
  ['other', 'other__proof'],
])

const renamed = (text: string, mode = '') => withDatabasesRenamed(text, readingIn(mode), names)

describe('the text of an object names its own database', () => {
  test.each([
    ['in quotes', 'CREATE VIEW v AS SELECT `shop`.`f`(1)', 'CREATE VIEW v AS SELECT `shop__proof`.`f`(1)'],
    [
      'without',
      'CREATE TRIGGER shop.t BEFORE INSERT ON shop.a FOR EACH ROW SET NEW.x = 1',
      'CREATE TRIGGER `shop__proof`.t BEFORE INSERT ON `shop__proof`.a FOR EACH ROW SET NEW.x = 1',
    ],
    ['in capitals', 'CREATE TRIGGER SHOP.t BEFORE', 'CREATE TRIGGER `shop__proof`.t BEFORE'],
    ['before a column', 'SELECT shop.a.x, `other`.`b`.`y`', 'SELECT `shop__proof`.a.x, `other__proof`.`b`.`y`'],
    ['across comments', 'SELECT 1 FROM shop/* . */.a', 'SELECT 1 FROM `shop__proof`/* . */.a'],
    [
      'behind the mark of a version',
      '/*!50001 CREATE VIEW v AS SELECT `shop`.`f`() */',
      '/*!50001 CREATE VIEW v AS SELECT `shop__proof`.`f`() */',
    ],
  ])('%s', (_, text, expected) => expect(renamed(text)).toBe(expected))

  test('in double quotes where they stand around names, and only there', () => {
    expect(renamed('SELECT "shop".a', 'ANSI_QUOTES')).toBe('SELECT `shop__proof`.a')
    expect(renamed('SELECT "shop".a')).toBe('SELECT "shop".a')
  })
})

test.each([
  ['a string', "SELECT 'shop.a', 'it''s shop.a', 'shop\\'.a'"],
  ['a comment', 'SELECT 1 /* shop.a */ -- shop.a\n'],
  ['a table or a column of that name', 'SELECT a.shop, `a`.`shop`.`x`, shop FROM b'],
  ['a user’s host', 'CREATE DEFINER=`joe`@`shop` PROCEDURE p() SELECT 1'],
  ['a longer name', 'SELECT shop2.a, my_shop.b, `shop `.`c`'],
  ['a variable', 'SELECT @shop, @shop.a, @@shop.a'],
])('what only looks like the database stays as it is: %s', (_, text) => expect(renamed(text)).toBe(text))

describe('an event that is tried never runs', () => {
  const create =
    "CREATE DEFINER=`r`@`%` EVENT `e` ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01 00:00:00' ON COMPLETION NOT PRESERVE"

  test.each(['ENABLE', 'DISABLE', 'DISABLE ON SLAVE', 'DISABLE ON REPLICA'])('and is compared as %s', (status) => {
    const text = `${create} ${status} COMMENT ' ON COMPLETION PRESERVE ENABLE DO' DO SELECT ' ON COMPLETION PRESERVE ENABLE '`
    const disabled = asDisabled(text) ?? ''
    expect(disabled).toContain('NOT PRESERVE DISABLE COMMENT')
    expect(withStatusOf(disabled, text)).toBe(text)
  })

  test('nor is one sent that does not say whether it runs', () => {
    expect(asDisabled('CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO SELECT 1')).toBeNull()
  })
})
