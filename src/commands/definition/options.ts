import { isSnapshotId } from '../../restic/snapshot-id.ts'
import type { Argument, Option, Options } from './command.ts'

/** The options of every command. They can stand before and after its name. */
export const globalOptions = {
  envFile: { value: 'file', completes: 'files', does: 'read the settings from this file' },
  json: { does: 'print one JSON document' },
  quiet: { short: 'q', does: 'print only results, warnings and errors' },
  verbose: { short: 'v', does: 'show more' },
} as const satisfies Options

/** What the commands that replace or drop live data have in common: they show what they will do, and ask. */
export const planned = {
  dryRun: { short: 'n', does: 'show what would be done, and do nothing' },
  yes: { short: 'y', does: 'do not ask' },
} as const satisfies Options

export const snapshot = {
  does: 'the id of a snapshot, or "latest"',
  otherwise: 'latest',
  completes: 'snapshots',
  called: 'a snapshot',
  whenEmpty: 'The id of the snapshot',
  recognises: (word: string) => word === 'latest' || isSnapshotId(word),
} as const satisfies Argument

/** `--dry-run` of `dryRun`. */
export const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** `-n, --dry-run`, or `--at <time>`: an option as commander declares it and as the help shows it. */
export const flagsOf = (key: string, { short, value }: Option): string =>
  `${short === undefined ? '' : `-${short}, `}${flagOf(key)}${value === undefined ? '' : ` <${value}>`}`
