import { describe, expect, it } from 'vitest'
import { splitWords, UnclosedQuote } from '../../../src/config/settings/split-words.ts'

describe('splitWords', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['pass show db', ['pass', 'show', 'db']],
    [`sh -c 'echo "a b"'`, ['sh', '-c', 'echo "a b"']],
    ['a "b c" d', ['a', 'b c', 'd']],
    ['a\\ b c', ['a b', 'c']],
    ['"a\\"b" c', ['a"b', 'c']],
    ["'a\\b'", ['a\\b']],
    ['a"b c"d', ['ab cd']],
    ["a '' b", ['a', '', 'b']],
    ['trailing\\', ['trailing\\']],
  ])('splits %j into %j', (text, words) => {
    expect(splitWords(text)).toEqual(words)
  })

  it('separates a list by spaces and commas', () => {
    expect(splitWords('a, b,,c\td "e, f"', /[\s,]/)).toEqual(['a', 'b', 'c', 'd', 'e, f'])
  })

  it('refuses a quote that is never closed', () => {
    expect(() => splitWords('a "b c')).toThrow(new UnclosedQuote('a " is never closed'))
    expect(() => splitWords("it's")).toThrow(new UnclosedQuote("a ' is never closed"))
  })
})
