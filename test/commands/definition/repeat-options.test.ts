import { expect, test } from 'vitest'
import { repeatOptions } from '../../../src/commands/definition/repeat-options.ts'
import { command as restore } from '../../../src/commands/restore.ts'

const repeated = (line: string): string => repeatOptions(line.split(' '), restore).join(' ')

test.each([
  ['--database dtable_db 423469e7', '--database dtable_db 423469e7', 'the id of a snapshot'],
  ['--database dtable_db 4234', '--database dtable_db 4234', 'the beginning of an id'],
  ['--database dtable_db latest', '--database dtable_db latest', 'the word for the last snapshot'],
  ['--database a b 423469e7', '--database a --database b 423469e7', 'an id after several names'],
])('`%s` becomes `%s`: %s is no name', (line, expected) => {
  expect(repeated(line)).toBe(expected)
})

test('several names may follow an option, each as if the option were repeated', () => {
  expect(repeated('423469e7 --database a b --yes --directory c d')).toBe(
    '423469e7 --database a --database b --yes --directory c --directory d',
  )
})

test('a name that looks like an id is taken where it follows the option', () => {
  expect(repeated('--database cafe --database beef')).toBe('--database cafe --database beef')
})

test('what follows another option, an option with `=` or `--` is left alone', () => {
  for (const line of [
    '--database a --at b c',
    '--database=a b',
    '--database a -- b c',
    '--at --database b',
    '-y b c',
  ]) {
    expect(repeated(line)).toBe(line)
  }
})
