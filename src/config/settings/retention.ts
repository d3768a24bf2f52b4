import type { Settings } from './setting.ts'
import { text, wholeNumber } from './value-types.ts'

const count = wholeNumber(0, 999_999_999, 'must be a whole number, 0 or more')

/** Which snapshots `forget` keeps. */
export const retention = {
  KEEP_WITHIN: {
    type: text('must be a duration of years, months, days and hours, such as 7d or 1y5m7d2h', (value) =>
      /^(\d{1,6}[ymdh])+$/.test(value),
    ),
    default: '7d',
    doc: 'Nothing younger than this is ever forgotten (`y`ears, `m`onths, `d`ays, `h`ours). `0d` turns it off.',
    example: '7d',
  },
  KEEP_DAILY: {
    type: count,
    default: '14',
    doc: 'For how many days the last snapshot of the day is kept.',
    example: '14',
  },
  KEEP_WEEKLY: {
    type: count,
    default: '8',
    doc: 'For how many weeks the last snapshot of the week is kept.',
    example: '8',
  },
  KEEP_MONTHLY: {
    type: count,
    default: '24',
    doc: 'For how many months the last snapshot of the month is kept.',
    example: '24',
  },
  KEEP_YEARLY: {
    type: count,
    default: '0',
    doc: 'For how many years the last snapshot of the year is kept.',
    example: '0',
  },
} as const satisfies Settings
