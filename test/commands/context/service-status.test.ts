import { expect, test } from 'vitest'
import { createServiceStatus } from '../../../src/commands/context/service-status.ts'

test('systemd is told of each step, and of its progress every ten seconds', () => {
  let seconds = 0
  const told: string[] = []
  const hear = createServiceStatus(
    (text) => told.push(text),
    () => new Date(1000 * seconds),
  )
  const progress = (at: number, done: number) => {
    seconds = at
    hear({ type: 'progress', unit: 'bytes', done, total: 200 })
  }
  progress(0, 1)
  hear({ type: 'step', title: 'Dumping', state: 'began' })
  progress(9, 50)
  progress(11, 85)
  progress(12, 90)
  hear({ type: 'step', title: 'Dumping', state: 'ended' })
  progress(30, 95)
  expect(told).toEqual(['Dumping', 'Dumping, 42 %'])
})
