import { format } from 'date-fns/format'
import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import prettyBytes from 'pretty-bytes'
import type { RecordedCommand } from '../history/run.ts'

const counts = new Intl.NumberFormat('en-US')

/** `1234567` → `1,234,567`. */
export const readableCount = (count: number): string => counts.format(count)

export const readableBytes = (bytes: number): string => prettyBytes(bytes, { binary: true, maximumFractionDigits: 1 })

/** `2026-05-04 03:12 +02:00`, in the zone of this host. */
export const readableTime = (time: string): string => format(new Date(time), 'yyyy-MM-dd HH:mm xxx')

/** `3 hours`, `2 days`. */
export const readableAge = (time: string, now: Date): string => formatDistanceStrict(new Date(time), now)

/** `90 seconds`, `3 minutes`. */
export const readableDuration = (began: string, ended: string): string => {
  const seconds = (Date.parse(ended) - Date.parse(began)) / 1000
  const unit = seconds < 120 ? 'second' : seconds < 7200 ? 'minute' : 'hour'
  return formatDistanceStrict(new Date(began), new Date(ended), { unit })
}

/** A limit, as it is set: `36 hours`, `35 days`. */
export const readableSpan = (seconds: number): string =>
  seconds > 48 * 3600 ? `${Math.floor(seconds / 86_400)} days` : `${Math.floor(seconds / 3600)} hours`

/** What a command is, as the beginning of a sentence. */
export const subjectOf = (command: RecordedCommand): string => subjects[command] ?? command

const subjects: Partial<Record<RecordedCommand, string>> = {
  backup: 'The backup',
  forget: 'Forgetting old snapshots',
  copy: 'The copy of the snapshots',
  drill: 'The drill',
  check: 'The check of the repository',
  doctor: 'The examination by doctor',
  init: 'Making the repository',
  restore: 'The restore',
  rollback: 'The rollback',
  'drop-previous': 'Dropping the previous data',
}
