import { type RecordedCommand, recordedCommands } from '../../jobs/history/recorded-commands.ts'
import type { Command } from './command.ts'

/** Under which name a run is noted down: the command's, with what it was asked for; null when it is not noted down. */
export const recordedName = (
  { name, arguments: declared }: Command,
  given: Readonly<Record<string, unknown>>,
): RecordedCommand | null => {
  if (given.dryRun === true) return null
  const chosen = Object.keys(declared).filter((key) => declared[key]?.choices !== undefined)
  const words = [name, ...chosen.map((key) => given[key])].join(' ')
  return recordedCommands.find((recorded) => recorded === words) ?? null
}
