import { problemOfAccepted } from '../../standing-warnings.ts'
import type { Settings } from './setting.ts'
import { directory, list } from './value-types.ts'

/** What belongs to this host alone. */
export const thisHost = {
  ACCEPT: {
    type: list(problemOfAccepted),
    default: null,
    otherwise: 'nothing',
    whenUnset: [],
    doc: 'Standing warnings that are known and stay silent, by the names that stand behind them and in `doctor`: a check, or one thing that it is about (`other-databases:scheduler`). `--verbose` still shows them.',
    example: 'binary-log other-databases:scheduler',
  },
  STATE_DIR: {
    type: directory,
    default: '/var/lib/seatable-restic',
    doc: 'Where dumps are staged, restores land, and the lock and the journal are kept. It must stay the same: its path is part of every snapshot.',
    example: '/var/lib/seatable-restic',
  },
} as const satisfies Settings
