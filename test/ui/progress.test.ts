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
    step: (title: string, state: 'began' | 'ended' | 'failed' = 'began') =>
      reporter.report({ type: 'step', title, state }),
    pass: (seconds: number) => {
      time += seconds * 1000
    },
  }
}

const mebibyte = 1024 * 1024

describe('off a terminal', () => {
  it('a step is one line, and progress at most one line in 15 seconds', () => {
    const { stream, report, step, pass } = start({})
    step('Dump the databases')
    for (let second = 1; second <= 40; second++) {
      pass(1)
      report({ type: 'progress', unit: 'bytes', done: second * mebibyte, total: 60 * mebibyte, detail: 'ccnet_db' })
    }
    step('Dump the databases', 'ended')
    step('Save with restic')
    pass(20)
    report({ type: 'progress', unit: 'percent', done: 42.7 })
    step('Save with restic', 'failed')
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
    const { stream, report, step, pass } = start({})
    step('Dump')
    report({ type: 'progress', unit: 'bytes', done: 0 })
    pass(16)
    report({ type: 'progress', unit: 'bytes', done: 32 * mebibyte })
    expect(stream.text).toBe('Dump\n  32 MiB, 2 MiB/s\n')
  })

  it('warnings are always written, details with --verbose only', () => {
    const texts = [{}, { verbose: true }, { quiet: true }, { quiet: true, verbose: true }].map((options) => {
      const { stream, report, step } = start(options)
      step('Step')
      report({ type: 'detail', message: 'detail' })
      report({ type: 'warning', message: 'careful' })
      step('Step', 'ended')
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
    const { stream, report, step, pass } = start({ terminal: true })
    step('Save')
    report({ type: 'progress', unit: 'bytes', done: 0, total: 100 * mebibyte })
    pass(2)
    report({ type: 'progress', unit: 'bytes', done: 50 * mebibyte, total: 100 * mebibyte })
    await sleep(300)
    const running = screenOf(stream.text)
    expect(running.lines).toEqual(['… Save  ██████████░░░░░░░░░░  50 %, 50 MiB of 100 MiB, 25 MiB/s, 2 s left'])
    expect(running.cursorShown).toBe(false)
    step('Save', 'ended')
    expect(screenOf(stream.text)).toEqual({ lines: ['✔ Save  2.0 s', ''], cursorShown: true })
  })

  it('a warning is not garbled by the bar, nor the bar by a warning', async () => {
    const { stream, report, step } = start({ terminal: true })
    step('Save')
    report({ type: 'progress', unit: 'percent', done: 10 })
    await sleep(200)
    report({ type: 'warning', message: 'careful' })
    await sleep(200)
    expect(screenOf(stream.text).lines).toEqual(['Warning: careful', '… Save  ██░░░░░░░░░░░░░░░░░░  10 %'])
    step('Save', 'ended')
    step('Check')
    step('Check', 'ended')
    expect(screenOf(stream.text).lines).toEqual(['Warning: careful', '✔ Save  0.0 s', '✔ Check  0.0 s', ''])
  })

  it('an aborted step is marked, the bar is gone and the cursor is back; nothing is written after that', async () => {
    const { stream, report, step, abort, pause } = start({ terminal: true })
    step('Save')
    report({ type: 'progress', unit: 'percent', done: 10 })
    abort()
    abort()
    pause()
    report({ type: 'progress', unit: 'percent', done: 11 })
    await sleep(200)
    expect(screenOf(stream.text)).toEqual({ lines: ['✖ Save  0.0 s', ''], cursorShown: true })
  })

  it('a step that has failed is not ticked off when another begins after it', () => {
    const { stream, step, pass } = start({ terminal: true })
    step('Swapping')
    pass(3)
    step('Swapping', 'failed')
    step('Taking the swap back')
    pass(1)
    step('Taking the swap back', 'ended')
    expect(screenOf(stream.text).lines).toEqual(['✖ Swapping  3.0 s', '✔ Taking the swap back  1.0 s', ''])
  })

  it('a step in another one has its own end, and the other goes on with its own progress', async () => {
    const { stream, report, step, pass } = start({ terminal: true })
    step('Trying the safety snapshot')
    report({ type: 'progress', unit: 'percent', done: 30 })
    pass(1)
    step('Fetching the dumps')
    report({ type: 'progress', unit: 'percent', done: 80 })
    pass(1)
    step('Fetching the dumps', 'ended')
    await sleep(200)
    expect(screenOf(stream.text).lines).toEqual([
      '✔ Fetching the dumps  1.0 s',
      '… Trying the safety snapshot  ██████░░░░░░░░░░░░░░  30 %',
    ])
    step('Trying the safety snapshot', 'failed')
    expect(screenOf(stream.text).lines).toEqual([
      '✔ Fetching the dumps  1.0 s',
      '✖ Trying the safety snapshot  2.0 s',
      '',
    ])
  })

  it('between two steps nothing is shown, and progress that belongs to none is not either', async () => {
    const { stream, report, step } = start({ terminal: true })
    step('Save')
    step('Save', 'ended')
    report({ type: 'progress', unit: 'percent', done: 10 })
    await sleep(200)
    expect(screenOf(stream.text)).toEqual({ lines: ['✔ Save  0.0 s', ''], cursorShown: true })
  })

  it('what is too long for the line is cut', async () => {
    const { stream, report, step, abort } = start({ terminal: true })
    step('Save')
    report({ type: 'progress', unit: 'percent', done: 10, detail: 'x'.repeat(200) })
    await sleep(200)
    const [line = ''] = screenOf(stream.text).lines
    expect(line).toMatch(/^… Save .*x…$/)
    expect(line.length).toBeLessThan(80)
    abort()
  })
})
