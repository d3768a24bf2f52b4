import { exitCodes, UserError } from '../../errors.ts'
import type { GlobalOptions } from '../context/context.ts'
import type { Command } from './command.ts'
import { flagOf } from './options.ts'

/** A command line, parsed. */
export interface CommandLine {
  /** What was given for the command, by key; an argument or option that was left out has what stands for nothing. */
  readonly given: Readonly<Record<string, unknown>>
  readonly globals: GlobalOptions
  /** The keys of what was given in words, global options among it. */
  readonly named: readonly string[]
}

/**
 * Refuses (exit code 2) what contradicts itself on a command line, what its command refuses, and values that are empty: a
 * variable of a script that is not set, most likely.
 */
export const refuseContradictions = (command: Command, { given, globals, named }: CommandLine): void => {
  refuseEmpty(command, { ...given, ...globals })
  for (const [key, { excludes = [] }] of Object.entries({ ...command.arguments, ...command.options })) {
    const other = excludes.find((excluded) => named.includes(key) && named.includes(excluded))
    if (other === undefined) continue
    throw usage(`${capitalised(titleOf(command, key))} and ${flagOf(other)} were both given`, 'Give one of the two.')
  }
  command.refuse(given, globals)
}

const refuseEmpty = (command: Command, values: Readonly<Record<string, unknown>>): void => {
  for (const [key, value] of Object.entries(values)) {
    if (value !== '' && !(Array.isArray(value) && value.includes(''))) continue
    const argument = command.arguments[key]
    if (argument !== undefined && argument.whenEmpty === undefined) continue
    throw usage(`${argument?.whenEmpty ?? `The value of ${flagOf(key)}`} is empty`, 'Give it a value, or leave it out.')
  }
}

const titleOf = ({ arguments: declared }: Command, key: string): string => declared[key]?.called ?? flagOf(key)

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const usage = (message: string, hint: string): UserError => new UserError({ message, hint, exitCode: exitCodes.usage })
