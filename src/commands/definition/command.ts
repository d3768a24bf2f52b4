import type { ExitCode } from '../../errors.ts'
import type { Context, ContextWithoutConfig, GlobalOptions } from '../context/context.ts'

/** The headings of the help, in the order of the table. */
export type Group = 'Backup' | 'Restore' | 'Repository' | 'Wrappers' | 'Monitoring' | 'Configuration and help'

/** What a shell offers where a value is typed. */
export type Completes =
  | 'files'
  | 'directories'
  | 'snapshots'
  | 'instants'
  | 'databases'
  | 'dataPaths'
  | 'settings'
  | 'commands'

/** An option that is a switch, or has a value; its name is the key it is declared under: `dryRun` is `--dry-run`. */
export interface Option {
  readonly does: string
  readonly short?: string
  /** How its value is called in the help; without it the option is a switch. */
  readonly value?: string
  /** It may be given again, and several values may follow one. */
  readonly many?: true
  /** Keys of options that say something else, or nothing beside it: given together they are refused. */
  readonly excludes?: readonly string[]
  readonly completes?: Completes
}

/** An argument; one that is neither optional nor has a default must be given. */
export interface Argument {
  readonly does: string
  readonly optional?: true
  readonly otherwise?: string
  readonly choices?: readonly string[]
  readonly completes?: Completes
  /** All that is left of the command line. */
  readonly rest?: true
  /** How it is called beside an option that it excludes. */
  readonly called?: string
  readonly excludes?: readonly string[]
  /** What an error calls its value when that is empty; without it, it may be. */
  readonly whenEmpty?: string
  /** Whether a word can only be this argument, so that it is no further value of an option before it. */
  readonly recognises?: (word: string) => boolean
}

/** In the order in which they stand on the command line. */
export type Arguments = Readonly<Record<string, Argument>>
export type Options = Readonly<Record<string, Option>>

type ArgumentValue<A extends Argument> = A extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : A extends { readonly rest: true }
    ? readonly string[]
    : A extends { readonly optional: true }
      ? string | undefined
      : string

type OptionValue<O extends Option> = O extends { readonly many: true }
  ? readonly string[]
  : O extends { readonly value: string }
    ? string | undefined
    : boolean

/** What a command line holds for a command: a switch that was not given is false, a list empty. */
export type Given<A extends Arguments, O extends Options> = {
  readonly [Name in keyof A]: ArgumentValue<A[Name]>
} & { readonly [Name in keyof O]: OptionValue<O[Name]> }

/** A command as it is declared, in one file and nowhere else. */
interface Declared<A extends Arguments, O extends Options, NeedsConfig extends boolean> {
  readonly name: string
  readonly group: Group
  /** One sentence, for the list of commands. */
  readonly does: string
  /** What follows the program's name, and after two spaces what it is for. */
  readonly examples: readonly string[]
  readonly arguments?: A
  readonly options?: O
  /** Whether there is nothing to do without a configuration that is right. */
  readonly needsConfig: NeedsConfig
  /** The first line of its help, where it cannot be told from the arguments. */
  readonly usage?: string
  /** Throws (exit code 2) when what was given says nothing or two things; called before the configuration is read. */
  refuse?(given: Given<A, O>, globals: GlobalOptions): void
  /** Imports what it needs first, so that `--help` and `--version` load none of it. */
  run(context: NeedsConfig extends true ? Context : ContextWithoutConfig, given: Given<A, O>): Promise<ExitCode>
}

/** A command of the table: what it takes is data, what it is given fits its declaration. */
export interface Command extends Declared<Arguments, Options, boolean> {
  readonly arguments: Arguments
  readonly options: Options
  refuse(given: Readonly<Record<string, unknown>>, globals: GlobalOptions): void
  /** `context` has the configuration when the command needs it. */
  run(context: ContextWithoutConfig, given: Readonly<Record<string, unknown>>): Promise<ExitCode>
}

/** Types `run` and `refuse` from the arguments and options that stand beside them. */
export const defineCommand = <
  const A extends Arguments = Record<never, never>,
  const O extends Options = Record<never, never>,
  const NeedsConfig extends boolean = boolean,
>(
  declared: Declared<A, O, NeedsConfig>,
): Command =>
  // What it is run with is made by the same declaration, which no type can say.
  ({ arguments: {}, options: {}, refuse: () => {}, ...declared }) as Command
