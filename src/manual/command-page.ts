import type { Command } from '../commands/definition/command.ts'
import { globalOptions } from '../commands/definition/options.ts'
import { argumentEntries, argumentTerm, exitStatusSection, nameSection, optionEntries, seeAlso } from './parts.ts'
import { bold, type Edition, entry, page, section, text } from './roff.ts'

export const pageNameOf = ({ name }: Pick<Command, 'name'>): string => `seatable-restic-${name}`

/** What is known of one command, from its declaration. */
export const commandPage = (command: Command, edition: Edition): string => {
  const hasArguments = Object.keys(command.arguments).length > 0
  const hasOptions = Object.keys(command.options).length > 0
  return page(pageNameOf(command), 1, edition, [
    ...nameSection(pageNameOf(command), command.does),
    ...section('SYNOPSIS', synopsisOf(command)),
    ...section('DESCRIPTION', text(command.does)),
    ...(hasArguments ? section('ARGUMENTS', ...argumentEntries(command)) : []),
    ...(hasOptions ? section('OPTIONS', ...optionEntries(command.options)) : []),
    ...section('OPTIONS OF EVERY COMMAND', ...optionEntries(globalOptions)),
    ...section('EXAMPLES', ...command.examples.flatMap(exampleEntry)),
    ...exitStatusSection(),
    ...seeAlso(['seatable-restic', 1], ['seatable-restic.env', 5], ['restic', 1]),
  ])
}

const synopsisOf = ({ name, usage, arguments: declared }: Command): string => {
  const given = Object.entries(declared).map(([key, argument]) => argumentTerm(key, argument))
  const rest = usage === undefined ? ['[OPTIONS]', ...given] : [text(usage)]
  return [bold(`seatable-restic ${name}`), ...rest].join('\n')
}

/** After two spaces an example says what it is for. */
const exampleEntry = (example: string, index: number): string[] => {
  const [typed = '', ...does] = `seatable-restic ${example}`.split(/ {2,}/)
  if (does.length > 0) return entry(bold(typed), does.join(' '))
  return index === 0 ? [bold(typed)] : ['.PP', bold(typed)]
}
