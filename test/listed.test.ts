import { expect, test } from 'vitest'
import { listed } from '../src/listed.ts'

test('a long list is told by its first, and how many more there are', () => {
  expect(listed(['a', 'b'])).toBe('a, b')
  expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c, d, e')
  expect(listed(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more')
  expect(listed(['a', 'b', 'c'], 1)).toBe('a and 2 more')
})
