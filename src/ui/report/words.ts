import { format } from 'date-fns/format'
import { formatCount } from '../format.ts'

/** `2026-05-04 03:00`, in the zone of this host, which the page names once. */
export const minute = (time: string): string => format(new Date(time), 'yyyy-MM-dd HH:mm')

/** How long ago that was: `17 h`, `6 d`. */
export const age = (time: string, now: string): string => {
  const hours = Math.floor((Date.parse(now) - Date.parse(time)) / 3600_000)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`
}

/** `+12`, `−3`, with a true minus. */
export const signed = (change: number): string => `${change > 0 ? '+' : '−'}${formatCount(Math.abs(change))}`

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })

/** `91.8K` */
export const compactCount = (count: number): string => compact.format(count)

const endings: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'failed',
  2: 'wrong usage or setting',
  3: 'incomplete',
  10: 'no repository',
  11: 'locked',
  12: 'wrong password',
  130: 'interrupted',
  143: 'stopped',
}

/** How a run ended, in words and with its exit code. */
export const ending = (exitCode: number | null): string =>
  exitCode === null ? 'killed' : `${endings[exitCode] ?? 'failed'} (${exitCode})`
