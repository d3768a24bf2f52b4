import type { Argument, Command, Option, Options } from '../commands/definition/command.ts'
import { flagOf } from '../commands/definition/options.ts'
import { exitStatuses } from '../ui/help.ts'
import { bold, entry, italic, section, text } from './roff.ts'

/** `name \- what it is`, which `apropos` reads. */
export const nameSection = (name: string, is: string): string[] =>
  section('NAME', `${text(name)} \\-`, text(lowerFirst(is.replace(/\.$/, ''))))

/** `-n, --dry-run`, or `--at time`. */
export const optionTerm = (key: string, { short, value }: Option): string =>
  [
    ...(short === undefined ? [] : [`${bold(`-${short}`)}, `]),
    bold(flagOf(key)),
    ...(value === undefined ? [] : [' ', italic(value)]),
  ].join('')

export const optionEntries = (options: Options): string[] =>
  Object.entries(options).flatMap(([key, option]) =>
    entry(optionTerm(key, option), ...sentences([capitalised(option.does), ...excluded(option)])),
  )

/** As it stands on the command line: `[SNAPSHOT]`, `NAME`, `[ARG ...]`. */
export const argumentTerm = (key: string, { optional, otherwise, rest }: Argument): string => {
  const term = `${italic(key)}${rest ? ' ...' : ''}`
  return optional || rest || otherwise !== undefined ? `[${term}]` : term
}

export const argumentEntries = ({ arguments: declared }: Command): string[] =>
  Object.entries(declared).flatMap(([key, argument]) => {
    const choices = argument.choices?.map((choice) => `\`${choice}\``).join(', ')
    return entry(
      italic(key),
      ...sentences([
        `${capitalised(argument.does)}${choices === undefined ? '' : `: ${choices}`}`,
        ...(argument.otherwise === undefined ? [] : [`Without it: \`${argument.otherwise}\``]),
        ...excluded(argument),
      ]),
    )
  })

export const exitStatusSection = (): string[] =>
  section('EXIT STATUS', ...exitStatuses.flatMap(([code, means]) => entry(bold(code), `${capitalised(means)}.`)))

/** Pages of this manual, and of others. */
export const seeAlso = (...pages: readonly (readonly [name: string, chapter: number])[]): string[] =>
  section('SEE ALSO', pages.map(([name, chapter]) => `${bold(name)}(${chapter})`).join(',\n'))

const excluded = ({ excludes = [] }: Option | Argument): string[] =>
  excludes.length === 0 ? [] : [`Not together with ${excludes.map((key) => `\`${flagOf(key)}\``).join(', ')}`]

const sentences = (parts: readonly string[]): string[] => [parts.map((part) => `${part.replace(/\.$/, '')}.`).join(' ')]

export const capitalised = (content: string): string => content.charAt(0).toUpperCase() + content.slice(1)

const lowerFirst = (content: string): string => content.charAt(0).toLowerCase() + content.slice(1)
