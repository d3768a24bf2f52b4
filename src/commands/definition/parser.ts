import { Argument, type Command as Commander, Option } from 'commander'
import { examplesHelp, exitStatusHelp } from '../../ui/help.ts'
import type { Command, Argument as DeclaredArgument, Option as DeclaredOption, Options } from './command.ts'
import { flagsOf, globalOptions } from './options.ts'
import type { CommandLine } from './refuse.ts'
import { repeatOptions } from './repeat-options.ts'

/** What commander tells of a program or a command on request. */
export const helpOption = ['-h, --help', 'print this help'] as const

/** Adds the options of every command, on the program and on each of its commands. */
export const withGlobalOptions = (parser: Commander): Commander => addOptions(parser, globalOptions)

/** Adds a command to the program; `run` gets what stood on the command line. */
export const addCommand = (program: Commander, command: Command, run: (line: CommandLine) => Promise<void>): void => {
  const parser = withGlobalOptions(program.command(command.name))
    .description(command.does)
    .helpGroup(`${command.group}:`)
    .helpOption(...helpOption)
    .addHelpText('after', `\n${examplesHelp(command.examples)}\n\n${exitStatusHelp}`)
  if (command.usage !== undefined) parser.usage(command.usage)
  addOptions(parser, command.options)
  for (const [key, argument] of Object.entries(command.arguments)) {
    parser.addArgument(argumentOf(key, argument))
    // `restic snapshots --json` without `--` is restic's too.
    if (argument.rest) parser.passThroughOptions()
  }
  if (Object.values(command.options).some(({ many }) => many)) {
    const parse = parser.parseOptions.bind(parser)
    parser.parseOptions = (args) => parse(repeatOptions(args, command))
  }
  parser.action(() => run(commandLineOf(parser, command)))
}

const addOptions = (parser: Commander, options: Options): Commander => {
  for (const [key, option] of Object.entries(options)) parser.addOption(optionOf(key, option))
  return parser
}

const optionOf = (key: string, option: DeclaredOption): Option => {
  const parsed = new Option(flagsOf(key, option), option.does)
  return option.many ? parsed.argParser((value, values: readonly string[] = []) => [...values, value]) : parsed
}

const argumentOf = (key: string, { does, optional, otherwise, choices, rest }: DeclaredArgument): Argument => {
  const name = rest ? `${key}...` : key
  const isOptional = optional || rest || otherwise !== undefined
  const parsed = new Argument(isOptional ? `[${name}]` : `<${name}>`, does)
  if (choices !== undefined) parsed.choices(choices)
  return otherwise === undefined ? parsed : parsed.default(otherwise)
}

const commandLineOf = (parser: Commander, command: Command): CommandLine => {
  // Only what was given is among them: no option has a default of commander's.
  const named = parser.optsWithGlobals<Record<string, unknown>>()
  const keys = Object.keys(command.arguments)
  const words = keys.map((key, index) => [key, parser.processedArgs[index]] as const)
  const options = Object.entries(command.options).map(([key, option]) => [key, named[key] ?? absent(option)] as const)
  const { envFile, json, quiet, verbose } = named
  return {
    given: Object.fromEntries([...words, ...options]),
    globals: { envFile, json, quiet, verbose } as CommandLine['globals'],
    named: [...keys.slice(0, parser.args.length), ...Object.keys(named)],
  }
}

const absent = ({ value, many }: DeclaredOption): unknown => {
  if (many) return []
  return value === undefined ? false : undefined
}
