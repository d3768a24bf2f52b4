import { expect, test } from 'vitest'
import { readDuration } from '../../src/restic/duration.ts'

test.each([
  ['1y5m7d2h', [1, 5, 7, 2]],
  ['168h', [0, 0, 0, 168]],
  ['2h1d', [0, 0, 1, 2]],
  ['1d3d', [0, 0, 3, 0]],
  ['0d', [0, 0, 0, 0]],
  ['', [0, 0, 0, 0]],
])('%j are %j years, months, days and hours', (text, numbers) => {
  expect(Object.values(readDuration(text))).toEqual(numbers)
})
