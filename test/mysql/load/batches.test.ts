import { expect, test } from 'vitest'
import type { OutlinedRange } from '../../../src/mysql/dump/outline.ts'
import { batchesOf } from '../../../src/mysql/load/batches.ts'
import { seededRandom } from '../../fixture/random.ts'

const statements = ['SET NAMES utf8mb4', 'CREATE TABLE `a` (x int)', 'CREATE TABLE `b` (x int)', 'SET NAMES latin1']

test('every range of a dump is in one batch, tables stay whole, and only a large table exceeds the size', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 200; round++) {
    const rows: OutlinedRange[] = []
    let at = 0
    for (let table = 0; table < random() * 9; table++) {
      for (let part = 0; part < 1 + random() * 4; part++) {
        const end = at + 1 + Math.floor(random() * 60)
        rows.push({ table: `t${table}`, start: at, end, line: 1, lines: 1, behind: 3 })
        at = end
      }
    }
    const batches = batchesOf({ statements, rows, objects: [] }, 100)
    expect(batches.flatMap(({ ranges }) => ranges)).toEqual(rows)
    for (const { tables, bytes, ranges } of batches) {
      expect(bytes).toBe(ranges.reduce((sum, { start, end }) => sum + end - start, 0))
      expect(tables.length === 1 || bytes <= 100).toBe(true)
      expect([...new Set(ranges.map(({ table }) => table))]).toEqual(tables)
    }
    expect(new Set(batches.flatMap(({ tables }) => tables)).size).toBe(batches.flatMap(({ tables }) => tables).length)
  }
})
