import type { LoadedConfig } from '../../config/load.ts'
import { shortId } from '../../short-id.ts'
import type { Command, Completes, Option } from '../definition/command.ts'
import { flagOf } from '../definition/options.ts'
import { type KnownSnapshot, knownSnapshots } from './known-snapshots.ts'
import type { Line } from './place.ts'

/** A word that can be typed, and what it is. */
export interface Candidate {
  readonly value: string
  readonly description: string
}

export interface Known {
  readonly commands: readonly Command[]
  readonly now: Date
  /** Throws when settings are wrong, or cannot be read. */
  readonly loadConfig: () => Promise<LoadedConfig>
}

/** What can be typed there; `typed` is what is there of it already. Files and directories are the shell's to list. */
export const candidatesOf = async ({ place, snapshot }: Line, typed: string, known: Known): Promise<Candidate[]> => {
  switch (place.kind) {
    case 'commands':
      return ofCommands(known.commands)
    case 'options':
      return ofOptions(place.options, typed)
    case 'choices':
      return place.choices.map((value) => ({ value, description: '' }))
    case 'values': {
      const values = await ofValues(place.of, typed, snapshot, known)
      return values.filter(({ value }) => !place.given.includes(value))
    }
    default:
      return []
  }
}

const ofCommands = (commands: readonly Command[]): Candidate[] => [
  ...commands.map(({ name, does }) => ({ value: name, description: does })),
  { value: 'help', description: 'Print the help of a command.' },
]

/** By its long name, or by its short one where that was typed. */
const ofOptions = (options: Readonly<Record<string, Option>>, typed: string): Candidate[] =>
  Object.entries(options).map(([key, { short, does }]) => ({
    value: typed === `-${short}` ? typed : flagOf(key),
    description: does,
  }))

const ofValues = async (
  what: Completes,
  typed: string,
  snapshot: string | undefined,
  { commands, now, loadConfig }: Known,
): Promise<Candidate[]> => {
  if (what === 'commands') return ofCommands(commands)
  if (what === 'settings') return ofSettings()
  const { config } = await loadConfig()
  const snapshots = await knownSnapshots(config, what === 'snapshots' ? typed : '')
  const chosen = snapshots.find(({ id }) => snapshot === undefined || snapshot === 'latest' || id.startsWith(snapshot))
  switch (what) {
    case 'snapshots':
      return snapshots.flatMap((one, index) => [
        ...(index === 0 ? [{ value: 'latest', description: 'the newest' }] : []),
        { value: typed.length > 8 ? one.id : shortId(one.id), description: describe(one, now) },
      ])
    case 'instants':
      return snapshots.map((one) => ({ value: one.instant, description: describe(one, now) }))
    case 'databases':
      return named([...(chosen?.databases ?? []), ...(config.databases ?? [])])
    case 'dataPaths':
      return named([...(chosen?.directories ?? []), ...config.dataPaths])
    default:
      return []
  }
}

const named = (names: readonly string[]): Candidate[] =>
  [...new Set(names)].map((value) => ({ value, description: '' }))

const ofSettings = async (): Promise<Candidate[]> => {
  const { settings } = await import('../../config/settings/table.ts')
  return Object.entries(settings).map(([value, { doc }]) => ({ value, description: doc.replaceAll('`', '') }))
}

/** `3 days ago, 2026-05-04 03:00, 92,714 rows`. */
const describe = ({ instant, rows }: KnownSnapshot, now: Date): string =>
  `${ageOf(instant, now)}, ${localMinute(instant)}, ${rows.toLocaleString('en-US')} rows`

const ageOf = (instant: string, now: Date): string => {
  const minutes = Math.round((now.getTime() - new Date(instant).getTime()) / 60_000)
  const age = new Intl.RelativeTimeFormat('en')
  if (minutes < 120) return age.format(-minutes, 'minute')
  return minutes < 48 * 60
    ? age.format(-Math.round(minutes / 60), 'hour')
    : age.format(-Math.round(minutes / 1440), 'day')
}

const localMinute = (instant: string): string => {
  const time = new Date(instant)
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16).replace('T', ' ')
}
