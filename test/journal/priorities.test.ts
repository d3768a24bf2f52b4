import { fstatSync, openSync } from 'node:fs'
import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { forJournal, isJournal, withPriority } from '../../src/journal/priorities.ts'

describe('in the journal', () => {
  test.each([
    ['Error: A\nHint: B\n', '<3>Error: A\n<3>Hint: B\n'],
    ['{"error":{}}\n', '<3>{"error":{}}\n'],
    ['Warning: one\n  two\n', '<4>Warning: one\n<4>  two\n'],
    ['Dumping the databases\n', '<6>Dumping the databases\n'],
    ['\n', '\n'],
  ])('%j has its priority', (text, filed) => {
    expect(withPriority(text)).toBe(filed)
  })

  test('a stream is known by device and inode, and any other is none', () => {
    const fd = openSync('/dev/null', 'w')
    const { dev, ino } = fstatSync(fd)
    const stream = Object.assign(new Writable(), { fd })
    expect(isJournal(stream, `${dev}:${ino}`)).toBe(true)
    expect(isJournal(stream, `${dev}:${ino + 1}`)).toBe(false)
    expect(isJournal(stream, undefined)).toBe(false)
    expect(isJournal(new Writable(), `${dev}:${ino}`)).toBe(false)
  })

  test('a stream is still the stream that it was', () => {
    const written: string[] = []
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        written.push(String(chunk))
        done()
      },
    })
    const filed = forJournal(stream)
    filed.write('a step\n')
    stream.write('as it is\n')
    expect(written).toEqual(['<6>a step\n', 'as it is\n'])
    expect(filed).toBeInstanceOf(Writable)
  })
})
