import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createReporter } from '../../src/ui/progress.ts'
import { KeptStream, screenOf } from './terminal.ts'

const start = (options: { terminal?: boolean; quiet?: boolean; verbose?: boolean }) => {
  const stream = new KeptStream(options.terminal ?? false)
  let time = Date.UTC(2026, 4, 4)
  const reporter = createReporter({
    stream,
    animated: options.terminal ?? false,
    quiet: options.quiet ?? false,
    verbose: options.verbose ?? false,
    now: () => new Date(time),
  })
  return {
    stream,
    ...reporter,
    pass: (seconds: number) => {
      time += seconds * 1000
    },
  }
}

const mebibyte = 1024 * 1024

describe('off a terminal', () => {
  it('a step is one line, and progress at most one line in 15 seconds', () => {
    const { stream, report, pass, finish } = start({})
    report({ type: 'step', title: 'Dump the databases' })
    for (let second = 1; second <= 40; second++) {
      pass(1)
      report({ type: 'progress', unit: 'bytes', done: second * mebibyte, total: 60 * mebibyte, detail: 'ccnet_db' })
    }
    report({ type: 'step', title: 'Save with restic' })
    pass(20)
    report({ type: 'progress', unit: 'percent', done: 42.7 })
    finish()
    expect(stream.text).toBe(
      [
        'Dump the databases',
        '  25 %, 15 MiB of 60 MiB, 1 MiB/s, 45 s left, ccnet_db',
        '  50 %, 30 MiB of 60 MiB, 1 MiB/s, 30 s left, ccnet_db',
        'Save with restic',
        '  42 %',
        '',
      ].join('\n'),
    )
  })

  it('bytes without a total have a rate and no percentage', () => {
    const { stream, report, pass } = start({})
    report({ type: 'step', title: 'Dump' })
    report({ type: 'progress', unit: 'bytes', done: 0 })
    pass(16)
    report({ type: 'progress', unit: 'bytes', done: 32 * mebibyte })
    expect(stream.text).toBe('Dump\n  32 MiB, 2 MiB/s\n')
  })

  it('warnings are always written, details with --verbose only', () => {
    const texts = [{}, { verbose: true }, { quiet: true }, { quiet: true, verbose: true }].map((options) => {
      const { stream, report, finish } = start(options)
      report({ type: 'step', title: 'Step' })
      report({ type: 'detail', message: 'detail' })
      report({ type: 'warning', message: 'careful' })
      finish()
      return stream.text
    })
    expect(texts).toEqual([
      'Step\nWarning: careful\n',
      'Step\n  detail\nWarning: careful\n',
      'Warning: careful\n',
      'Warning: careful\n',
    ])
  })
})

describe('on a terminal', () => {
  it('the running step has a bar, which is gone at the end', async () => {
    const { stream, report, pass, finish } = start({ terminal: true })
    report({ type: 'step', title: 'Save' })
    report({ type: 'progress', unit: 'bytes', done: 0, total: 100 * mebibyte })
    pass(2)
    report({ type: 'progress', unit: 'bytes', done: 50 * mebibyte, total: 100 * mebibyte })
    await sleep(300)
    const running = screenOf(stream.text)
    expect(running.lines).toEqual(['… Save  ██████████░░░░░░░░░░  50 %, 50 MiB of 100 MiB, 25 MiB/s, 2 s left'])
    expect(running.cursorShown).toBe(false)
    finish()
    expect(screenOf(stream.text)).toEqual({ lines: ['✔ Save  2.0 s', ''], cursorShown: true })
  })

  it('a warning is not garbled by the bar, nor the bar by a warning', async () => {
    const { stream, report, finish } = start({ terminal: true })
    report({ type: 'step', title: 'Save' })
    report({ type: 'progress', unit: 'percent', done: 10 })
    await sleep(200)
    report({ type: 'warning', message: 'careful' })
    await sleep(200)
    expect(screenOf(stream.text).lines).toEqual(['Warning: careful', '… Save  ██░░░░░░░░░░░░░░░░░░  10 %'])
    report({ type: 'step', title: 'Check' })
    finish()
    expect(screenOf(stream.text).lines).toEqual(['Warning: careful', '✔ Save  0.0 s', '✔ Check  0.0 s', ''])
  })

  it('an aborted step is marked, the bar is gone and the cursor is back; nothing is written after that', async () => {
    const { stream, report, abort, finish } = start({ terminal: true })
    report({ type: 'step', title: 'Save' })
    report({ type: 'progress', unit: 'percent', done: 10 })
    abort()
    abort()
    finish()
    report({ type: 'progress', unit: 'percent', done: 11 })
    await sleep(200)
    expect(screenOf(stream.text)).toEqual({ lines: ['✖ Save  0.0 s', ''], cursorShown: true })
  })

  it('what is too long for the line is cut', async () => {
    const { stream, report, abort } = start({ terminal: true })
    report({ type: 'step', title: 'Save' })
    report({ type: 'progress', unit: 'percent', done: 10, detail: 'x'.repeat(200) })
    await sleep(200)
    const [line = ''] = screenOf(stream.text).lines
    expect(line).toMatch(/^… Save .*x…$/)
    expect(line.length).toBeLessThan(80)
    abort()
  })
})
