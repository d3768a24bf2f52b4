import type { Settings } from './setting.ts'
import { text } from './value-types.ts'

const hoursOf: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 }

/** In hours; null when it is not judged. */
const greatestAge = text('must be hours, days or weeks, such as 36h, 8d or 5w, or off', (value) =>
  /^([1-9]\d{0,4}[hdw]|off)$/.test(value),
).transform((value) => (value === 'off' ? null : Number(value.slice(0, -1)) * (hoursOf[value.slice(-1)] ?? 1)))

/** When `status` and `doctor` say that something is overdue. */
export const greatestAges = {
  MAX_BACKUP_AGE: {
    type: greatestAge,
    default: '36h',
    doc: 'How old the last good backup may be before `status` and `doctor` say that it is overdue: `h`ours, `d`ays, `w`eeks; `off` never.',
    example: '36h',
  },
  MAX_DRILL_AGE: {
    type: greatestAge,
    default: '35d',
    doc: 'The same for the last drill, once there was one or the schedule has had so long for it.',
    example: '8d',
  },
  MAX_CHECK_AGE: {
    type: greatestAge,
    default: '35d',
    doc: 'The same for the last check of the repository.',
    example: '35d',
  },
  MAX_COPY_AGE: {
    type: greatestAge,
    default: '8d',
    doc: 'The same for the last copy to the second repository, once there was one.',
    example: '36h',
  },
} as const satisfies Settings
