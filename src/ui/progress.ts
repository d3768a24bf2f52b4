import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { JobEvent, Report } from '../jobs/context/events.ts'
import { formatBytes, formatDuration, formatRate, formatRemaining } from './format.ts'
import { createRateMeter, type RateMeter } from './rate.ts'
import { showStatusLine } from './status-line.ts'

export interface ReporterOptions {
  /** Everything is written here: stderr. */
  readonly stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  /** True when the stream is a terminal that may be animated. */
  readonly animated: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly now: () => Date
}

/** Renders what a job tells. After `pause` or `abort` the terminal is as it was: no bar, the cursor shown. */
export interface Reporter {
  readonly report: Report
  /** The program ends: steps that have not ended never will. */
  abort(): void
  /** Takes the bar away until the next event, so that something else can be written. */
  pause(): void
}

type Progress = Extract<JobEvent, { type: 'progress' }>

// Off a terminal, a log gets at most one line of progress in this time.
const logInterval = 15_000

/** A reporter for the stream: bars on a terminal, plain lines elsewhere, only warnings under `quiet`. */
export const createReporter = (options: ReporterOptions): Reporter => {
  if (options.quiet) return createQuietReporter(options)
  return options.animated ? createTerminalReporter(options) : createPlainReporter(options)
}

const createQuietReporter = (options: ReporterOptions): Reporter => ({
  report: (event) => {
    if (event.type === 'warning') writeWarning(options.stream, event.message, event.ids)
  },
  abort: () => {},
  pause: () => {},
})

const createPlainReporter = ({ stream, verbose, now }: ReporterOptions): Reporter => {
  let rate = createRateMeter()
  let lastLine = 0
  return {
    report: (event) => {
      const time = now().getTime()
      switch (event.type) {
        case 'step':
          // The error that follows a failed step says more than a line of its own could.
          if (event.state !== 'began') return
          rate = createRateMeter()
          lastLine = time
          stream.write(`${event.title}\n`)
          break
        case 'progress':
          rate.add(time, event.done)
          if (time - lastLine < logInterval) return
          lastLine = time
          stream.write(`  ${describe(event, rate.perSecond()).join(', ')}\n`)
          break
        case 'warning':
          writeWarning(stream, event.message, event.ids)
          break
        case 'detail':
          if (verbose) stream.write(`  ${event.message}\n`)
      }
    },
    abort: () => {},
    pause: () => {},
  }
}

interface RunningStep {
  readonly title: string
  /** Milliseconds since the epoch. */
  readonly began: number
  readonly rate: RateMeter
  progress: Progress | null
}

/** One closure, longer than others: all of it shares which steps run and what stands in the line. */
const createTerminalReporter = ({ stream, verbose, now }: ReporterOptions): Reporter => {
  /** Each in the one before it: the last is shown. */
  const running: RunningStep[] = []
  let takeAway: (() => void) | null = null

  const seconds = ({ began }: RunningStep): number => (now().getTime() - began) / 1000

  const line = (): string => {
    const step = running.at(-1)
    if (step === undefined) return ''
    const { progress, rate } = step
    const facts = progress ? describe(progress, rate.perSecond()) : []
    // A fresh step shows no time, so that quick ones do not flicker.
    if (facts.length === 0 && seconds(step) >= 2) facts.push(formatRemaining(seconds(step)))
    const share = progress ? shareOf(progress) : null
    const parts = [step.title, ...(share === null ? [] : [drawBar(share)]), facts.join(', ')]
    return cut(parts.filter((part) => part !== '').join('  '), (stream.columns || 80) - 4)
  }

  const show = (): void => {
    if (running.length > 0) takeAway ??= showStatusLine(stream, () => `${styleText('cyan', '…', { stream })} ${line()}`)
  }

  const pause = (): void => {
    takeAway?.()
    takeAway = null
  }

  const end = (state: 'ended' | 'failed'): void => {
    pause()
    const step = running.pop()
    if (step === undefined) return
    const mark = state === 'ended' ? styleText('green', '✔', { stream }) : styleText('red', '✖', { stream })
    stream.write(`${mark} ${step.title}  ${styleText('dim', formatDuration(seconds(step)), { stream })}\n`)
  }

  return {
    report: (event) => {
      const time = now().getTime()
      const step = running.at(-1)
      switch (event.type) {
        case 'step':
          pause()
          if (event.state === 'began') {
            running.push({ title: event.title, began: time, rate: createRateMeter(), progress: null })
          } else end(event.state)
          break
        case 'progress':
          if (step === undefined) return
          step.progress = event
          step.rate.add(time, event.done)
          break
        case 'warning':
          pause()
          writeWarning(stream, event.message, event.ids)
          break
        case 'detail':
          if (!verbose) return
          pause()
          stream.write(`  ${event.message}\n`)
      }
      show()
    },
    abort: () => {
      while (running.length > 0) end('failed')
    },
    pause,
  }
}

/** Writes a warning; it is shown even under `--quiet`. */
export const writeWarning = (stream: Writable, message: string, ids: readonly string[] = []): void => {
  const paint = (format: 'yellow' | 'dim', text: string) =>
    styleText(format, text, { stream: stream as NodeJS.WritableStream })
  const names = ids.length > 3 ? `${ids.slice(0, 3).join(' ')} …` : ids.join(' ')
  stream.write(`${paint('yellow', 'Warning:')} ${message}${names === '' ? '' : `  ${paint('dim', `[${names}]`)}`}\n`)
}

const shareOf = ({ unit, done, total }: Progress): number | null => {
  const whole = unit === 'percent' ? 100 : total
  return whole === undefined || whole <= 0 ? null : Math.min(1, Math.max(0, done / whole))
}

/** The facts of a progress, most important first: `42 %`, `1.1 GiB of 2.6 GiB`, `85 MiB/s`, `18 s left`, the detail. */
const describe = (progress: Progress, perSecond: number | null): string[] => {
  const { unit, done, total, detail } = progress
  const share = shareOf(progress)
  const facts: string[] = []
  if (share !== null) facts.push(`${Math.floor(share * 100)} %`)
  if (unit === 'bytes')
    facts.push(share === null ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total ?? 0)}`)
  if (unit === 'bytes' && perSecond !== null) facts.push(formatRate(perSecond))
  const whole = unit === 'percent' ? 100 : total
  if (share !== null && share < 1 && perSecond !== null && perSecond > 0) {
    facts.push(`${formatRemaining(((whole ?? 0) - done) / perSecond)} left`)
  }
  if (detail !== undefined && detail !== '') facts.push(detail)
  return facts
}

const barWidth = 20

const drawBar = (share: number): string => {
  const full = Math.floor(share * barWidth)
  return '█'.repeat(full) + '░'.repeat(barWidth - full)
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
