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
  const { envFile, json, quiet, verbose, ...options } = parser.optsWithGlobals<Record<string, unknown>>()
  const keys = Object.keys(command.arguments)
  const given: Record<string, unknown> = {}
  for (const [index, key] of keys.entries()) given[key] = parser.processedArgs[index]
  for (const [key, option] of Object.entries(command.options)) given[key] = options[key] ?? absent(option)
  const globals = { envFile, json, quiet, verbose } as CommandLine['globals']
  return {
    given,
    globals,
    named: [...keys.slice(0, parser.args.length), ...Object.keys(parser.optsWithGlobals())],
  }
}

const absent = ({ value, many }: DeclaredOption): unknown => {
  if (many) return []
  return value === undefined ? false : undefined
}
