import { expect, test } from 'vitest'
import { eachToken, tokensIn } from '../../../src/mysql/sql/server-tokens.ts'
import { usual } from '../../../src/mysql/sql/session-reading.ts'

test('a token knows its kind, its name without quotes, and where it stands', () => {
  const text = "nextval(`dtable_db`.`a``b`) -- `x`\n+ 'dtable_db'.2fa @x ü"
  expect(tokensIn(text, usual).map(({ kind, text: of, start, end }) => [kind, of, text.slice(start, end)])).toEqual([
    ['word', 'NEXTVAL', 'nextval'],
    ['sign', '(', '('],
    ['name', 'dtable_db', '`dtable_db`'],
    ['sign', '.', '.'],
    ['name', 'a`b', '`a``b`'],
    ['sign', ')', ')'],
    ['sign', '+', '+'],
    ['string', "'dtable_db'", "'dtable_db'"],
    ['number', '.2', '.2'],
    ['word', 'FA', 'fa'],
    ['variable', '@x', '@x'],
    ['name', 'ü', 'ü'],
  ])
})

test('what stands before a doubt is known', () => {
  const seen: string[] = []
  expect(() => {
    for (const { text } of eachToken('CREATE VIEW `v` AS SELECT /*!99999 1 */', usual)) seen.push(text)
  }).toThrow('a comment that only some versions read')
  expect(seen).toEqual(['CREATE', 'VIEW', 'v', 'AS', 'SELECT'])
})
