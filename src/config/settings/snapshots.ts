import type { Settings } from './setting.ts'
import { text } from './value-types.ts'

/** What restic writes into every snapshot. */
export const snapshots = {
  TAG: {
    type: text('must be one tag, without spaces and commas', (value) => /^[^\s,-][^\s,]*$/.test(value)),
    default: 'seatable',
    doc: 'The tag that restic gives to every snapshot.',
    example: 'seatable',
  },
  HOST: {
    type: text('must be a host name, without spaces and commas', (value) => /^[^\s,-][^\s,]*$/.test(value)),
    default: null,
    otherwise: "this host's name",
    ofThisHost: ({ hostname }) => hostname,
    doc: 'The host name that restic writes into every snapshot. In a container it must be set: a random name keeps old snapshots for ever.',
    example: 'seatable.example.com',
  },
} as const satisfies Settings
