import { format } from 'date-fns/format'
import prettyBytes from 'pretty-bytes'

/** Costs more than all else that is loaded here, and small numbers need none of it. */
let counts: Intl.NumberFormat | undefined

/** `1234567` → `1,234,567`. */
export const formatCount = (count: number): string => {
  if (Number.isInteger(count) && Math.abs(count) < 1000) return String(count)
  counts ??= new Intl.NumberFormat('en-US')
  return counts.format(count)
}

/** A count and its noun: `1 file`, `2 files`. */
export const formatQuantity = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`

/** Bytes in binary units: `1.5 GiB`. */
export const formatBytes = (bytes: number): string =>
  prettyBytes(bytes, { binary: true, minimumFractionDigits: 0, maximumFractionDigits: bytes < 10 * 1024 ** 3 ? 1 : 0 })

/** Bytes in one second: `12.3 MiB/s`. */
export const formatRate = (bytesPerSecond: number): string => `${formatBytes(Math.round(bytesPerSecond))}/s`

/** Seconds as a person says them: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `1 d 3 h`. */
export const formatDuration = (seconds: number): string => {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's')
  const minutes = Math.round(whole / 60)
  if (minutes < 24 * 60) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(minutes / 60)
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

/** Seconds that change while one looks at them, without a fraction: `4 s`, `3 min 5 s`. */
export const formatRemaining = (seconds: number): string =>
  seconds < 10 ? `${Math.ceil(seconds)} s` : formatDuration(Math.ceil(seconds))

const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`

/** An instant in the zone of this host, which is named: `2026-05-04 03:12:07 +02:00`. */
export const formatTime = (time: Date | string): string => format(new Date(time), 'yyyy-MM-dd HH:mm:ss xxx')
