import { z } from 'zod'
import type { Settings } from './setting.ts'
import { wholeNumber } from './value-types.ts'

/** How much work that nobody waits for may burden this host and its line. */
export const burden = {
  LOW_PRIORITY: {
    type: z.enum(['on', 'off'], { error: 'must be on or off' }).transform((value) => value === 'on'),
    default: 'on',
    doc: 'Whether `backup`, `hook pre-backup`, `drill`, `check` and `forget` give way to everything else: at nice 10, and at the end of the queue of each disk. Restores and rollbacks never do.',
    example: 'off',
  },
  LIMIT_UPLOAD: {
    type: wholeNumber(1, 999_999_999, 'must be a whole number of KiB a second, 1 or more'),
    default: null,
    otherwise: 'no limit',
    doc: 'How many KiB a second restic may send to the repository in these commands.',
    example: '2048',
  },
  LIMIT_CPUS: {
    type: wholeNumber(1, 1024, 'must be a whole number of processors, from 1 to 1024'),
    default: null,
    otherwise: 'all',
    doc: 'On how many processors restic may compute at a time in these commands (`GOMAXPROCS`).',
    example: '1',
  },
} as const satisfies Settings
