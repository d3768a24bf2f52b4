import { z } from 'zod'
import { dueTimes } from './due-times.ts'
import type { Settings } from './setting.ts'
import { wholeNumber } from './value-types.ts'

/** When `schedule run` does what. */
export const schedule = {
  BACKUP_AT: {
    type: dueTimes,
    default: '03:00',
    doc: 'When a backup is due: `03:00` is every day, `03:00 15:00` twice a day, `Mon Thu 03:00` two days of the week, `1 15 03:00` two days of the month; `off` is never. In the time zone of this host.',
    example: '03:00 15:00',
  },
  FORGET_AFTER_BACKUP: {
    type: z.enum(['on', 'off'], { error: 'must be on or off' }).transform((value) => value === 'on'),
    default: 'on',
    doc: 'Whether `forget` follows each backup that went well; once a week it frees space (`--prune`).',
    example: 'off',
  },
  DRILL_AT: {
    type: dueTimes,
    default: 'Sun 05:00',
    doc: 'When a drill is due, in the same form.',
    example: '1 05:00',
  },
  CHECK_AT: {
    type: dueTimes,
    default: '1 06:00',
    doc: 'When a check of the repository is due, in the same form. It reads a twentieth of the data.',
    example: 'Sat 06:00',
  },
  LOCK_WAIT: {
    type: wholeNumber(0, 1440, 'must be a whole number of minutes, from 0 to 1440 (a day)'),
    default: '60',
    doc: 'How many minutes `schedule run` waits for a lock that somebody else holds, of this host or of the repository.',
    example: '120',
  },
} as const satisfies Settings
