import { readFileSync } from 'node:fs'
import { Argument, Command, CommanderError } from 'commander'
import type { Context, ContextWithoutConfig, GlobalOptions } from './commands/context.ts'
import { refuseContradictions } from './commands/contradictions.ts'
import type { HookName } from './commands/hook.ts'
import { wayThroughRestic } from './commands/restic-commands.ts'
import { exitCodes, UserError } from './errors.ts'
import { environmentHelp, examplesHelp, exitStatusHelp } from './ui/help.ts'

/** Runs the command that `args` name and returns its exit code. Throws a `UserError` when they are wrong. */
export const runCli = async (args: readonly string[], signal: AbortSignal): Promise<number> => {
  let exitCode: number = exitCodes.done
  const program = createProgram(signal, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw asUsageError(error)
  }
  return exitCode
}

/** The command tree. A command's own code is loaded when it is the one that is run. */
const createProgram = (signal: AbortSignal, done: (exitCode: number) => void): Command => {
  const program = createRoot()

  const runWithConfig = async (
    { globals }: Parsed<object>,
    work: (context: Context) => Promise<number>,
  ): Promise<void> => {
    const { createContext } = await import('./commands/context.ts')
    const context = await createContext(globals, signal)
    done(await leaveTerminalClean(context, () => work(context)))
  }

  program.commandsGroup('Backup:')

  subcommand(program, 'backup', 'Save the databases and the data directories as one snapshot; users keep working.', [
    'backup',
    'backup --dry-run',
    'backup --quiet --json',
  ])
    .option('-n, --dry-run', 'tell what would be saved, and save nothing')
    .action(async (_options, self: Command) => {
      const parsed = parse<{ dryRun?: boolean }>(self)
      const { run } = await import('./commands/backup.ts')
      await runWithConfig(parsed, (context) => run(context, { dryRun: parsed.options.dryRun ?? false }))
    })

  subcommand(program, 'snapshots', 'List the snapshots of this SeaTable with their databases, rows and sizes.', [
    'snapshots',
    'snapshots --json',
  ]).action(async (_options, self: Command) => {
    const { run } = await import('./commands/snapshots.ts')
    await runWithConfig(parse(self), (context) => run(context, {}))
  })

  program.commandsGroup('Restore:')

  planned(
    subcommand(program, 'restore', 'Bring a snapshot back: all of it, or some databases and directories.', [
      'restore                                  the last snapshot',
      'restore --at 2026-05-04T03:00            the last snapshot that is not later',
      'restore 423469e7 --database dtable_db    one database of one snapshot',
      'restore latest --target /srv/look        into a folder; nothing live is touched',
      'restore --extra                          the compose files, the licence, the certificates, and nothing else',
      'restore --dry-run                        the plan',
    ]),
  )
    .argument('[snapshot]', 'the id of a snapshot, or "latest"', 'latest')
    .option('--at <time>', 'the last snapshot that is not later than this time (ISO 8601)')
    .option('--database <name...>', 'only these databases')
    .option('--directory <name...>', 'only these directories')
    .option('--target <directory>', 'put dumps and files into this directory, and touch nothing live')
    .option('--extra', 'only the small files of the installation: compose files, .env, licence, certificates')
    .option('--in-place', 'replace what is live, after a safety snapshot of it, where there is no room beside it')
    .option(
      '--other-version',
      'also when the databases of the snapshot have the schema of another SeaTable version, or are of another kind of server',
    )
    .option('--drop-previous', 'drop what an earlier restore replaced, if it is still kept')
    .action(async (snapshot: string, _options, self: Command) => {
      const parsed = parse<RestoreFlags>(self)
      const {
        at,
        database = [],
        directory = [],
        target,
        extra = false,
        dryRun = false,
        yes = false,
        dropPrevious = false,
        inPlace = false,
        otherVersion = false,
      } = parsed.options
      const { run } = await import('./commands/restore.ts')
      await runWithConfig(parsed, (context) =>
        run(context, {
          snapshot,
          at,
          databases: database,
          directories: directory,
          target,
          extra,
          dryRun,
          yes,
          dropPrevious,
          inPlace,
          otherVersion,
        }),
      )
    })

  planned(
    subcommand(program, 'rollback', 'Swap back what was live before the last restore.', [
      'rollback --dry-run   what would be swapped back',
      'rollback',
    ]),
  ).action(async (_options, self: Command) => {
    const parsed = parse<PlannedFlags>(self)
    const { dryRun = false, yes = false } = parsed.options
    const { run } = await import('./commands/rollback.ts')
    await runWithConfig(parsed, (context) => run(context, { dryRun, yes }))
  })

  subcommand(program, 'drill', 'Prove that a snapshot restores, without touching anything live.', [
    'drill                       the last snapshot, in databases of its own',
    'drill 423469e7 --isolated   in a container of its own',
  ])
    .argument('[snapshot]', 'the id of a snapshot, or "latest"', 'latest')
    .option('--isolated', 'in a container of the database’s image, without a network, instead of the live server')
    .action(async (snapshot: string, _options, self: Command) => {
      const parsed = parse<{ isolated?: boolean }>(self)
      const { run } = await import('./commands/drill.ts')
      await runWithConfig(parsed, (context) => run(context, { snapshot, isolated: parsed.options.isolated ?? false }))
    })

  planned(
    subcommand(program, 'drop-previous', 'Drop the data that the last restore replaced.', [
      'drop-previous --dry-run   what would be dropped',
      'drop-previous',
    ]),
  ).action(async (_options, self: Command) => {
    const parsed = parse<PlannedFlags>(self)
    const { dryRun = false, yes = false } = parsed.options
    const { run } = await import('./commands/drop-previous.ts')
    await runWithConfig(parsed, (context) => run(context, { dryRun, yes }))
  })

  program.commandsGroup('Repository:')

  subcommand(program, 'init', 'Create the restic repository if it does not exist.', ['init']).action(
    async (_options, self: Command) => {
      const { run } = await import('./commands/init.ts')
      await runWithConfig(parse(self), (context) => run(context, {}))
    },
  )

  subcommand(program, 'check', 'Check that the repository is whole.', [
    'check',
    'check --read-data',
    'check --read-data-subset 5%',
  ])
    .option('--read-data', 'read every byte of the repository')
    .option('--read-data-subset <part>', 'read a part of it: 1/10 (the first tenth), 5%, 2G')
    .action(async (_options, self: Command) => {
      const parsed = parse<{ readData?: boolean; readDataSubset?: string }>(self)
      const { readData = false, readDataSubset } = parsed.options
      const { run } = await import('./commands/check.ts')
      await runWithConfig(parsed, (context) => run(context, { readData, readDataSubset }))
    })

  subcommand(program, 'forget', 'Forget snapshots that the retention policy (the KEEP settings) does not keep.', [
    'forget --dry-run',
    'forget --prune',
  ])
    .option('--prune', 'free the space of what was forgotten')
    .option('-n, --dry-run', 'tell what would be forgotten, and forget nothing')
    .action(async (_options, self: Command) => {
      const parsed = parse<{ prune?: boolean; dryRun?: boolean }>(self)
      const { prune = false, dryRun = false } = parsed.options
      const { run } = await import('./commands/forget.ts')
      await runWithConfig(parsed, (context) => run(context, { prune, dryRun }))
    })

  subcommand(program, 'restic', "Run restic itself with this configuration's environment.", [
    'restic -- stats --mode raw-data',
    'restic -- mount /mnt/restic',
  ])
    .usage('[OPTIONS] -- ARGS...')
    .argument('[args...]', 'what restic gets')
    // `restic snapshots --json` without `--` is restic's too.
    .passThroughOptions()
    .action(async (args: string[], _options, self: Command) => {
      const { run } = await import('./commands/restic.ts')
      await runWithConfig(parse(self), (context) => run(context, { args }))
    })

  program.commandsGroup('Wrappers:')

  subcommand(program, 'hook', 'What other restic wrappers call before and after their restic.', [
    'hook pre-backup       leaves verified dumps in the staging area, or fails',
    'hook post-backup 0    removes them; the argument is the exit code of restic',
    'hook pre-restore      prints the directory that the wrapper must restore into',
    'hook post-restore     brings live what the wrapper has restored there',
  ])
    .addArgument(
      new Argument('<name>', 'which hook').choices(['pre-backup', 'post-backup', 'pre-restore', 'post-restore']),
    )
    .argument('[status]', 'the exit code of restic, for post-backup')
    .option(
      '--other-version',
      'post-restore: also when the databases have the schema of another SeaTable version, or are of another kind of server',
    )
    .action(async (name: HookName, status: string | undefined, _options, self: Command) => {
      const parsed = parse<{ otherVersion?: boolean }>(self)
      const { otherVersion = false } = parsed.options
      const [{ run }, { statusOfWrapper }] = await Promise.all([
        import('./commands/hook.ts'),
        import('./commands/context.ts'),
      ])
      await runWithConfig(parsed, (context) =>
        run(context, { name, status: status ?? statusOfWrapper(), otherVersion }),
      )
    })

  program.commandsGroup('Configuration and help:')

  subcommand(program, 'doctor', 'Look at everything that backups and restores need, and change nothing.', [
    'doctor             what is right, what is not, and what to do',
    'doctor --quiet     only what is not right',
    'doctor --verbose   more of each',
    'doctor --json      for monitoring',
  ]).action(async (_options, self: Command) => {
    const { globals } = parse(self)
    const [{ run }, { createContextWithoutConfig }] = await Promise.all([
      import('./commands/doctor.ts'),
      import('./commands/context.ts'),
    ])
    const context = createContextWithoutConfig(globals, signal)
    done(await leaveTerminalClean(context, () => run(context, globals)))
  })

  subcommand(program, 'config', 'Print an example of the env file, or with --table what is set and where.', [
    'config | sudo install -m 600 /dev/stdin /etc/seatable-restic/restic.env',
    'config --table',
    'config --json',
  ])
    .option('--table', 'every setting with its value and where it comes from')
    .action(async (_options, self: Command) => {
      const { globals, options } = parse<{ table?: boolean }>(self)
      const [{ run }, { createContextWithoutConfig }] = await Promise.all([
        import('./commands/config.ts'),
        import('./commands/context.ts'),
      ])
      const context = createContextWithoutConfig(globals, signal)
      done(await leaveTerminalClean(context, () => run(context, { ...globals, table: options.table ?? false })))
    })

  program.addHelpCommand(
    new Command('help')
      .argument('[command]')
      .description('Print the help of a command.')
      .helpGroup('Configuration and help:'),
  )
  return program
}

/** What the commands that replace or drop live data have in common: they show what they will do, and ask. */
const planned = (command: Command): Command =>
  command
    .option('-n, --dry-run', 'tell what would be done, and do nothing')
    .option('-y, --yes', 'do it without a question')

interface PlannedFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

interface RestoreFlags extends PlannedFlags {
  readonly at?: string
  readonly database?: string[]
  readonly directory?: string[]
  readonly extra?: boolean
  readonly target?: string
  readonly dropPrevious?: boolean
  readonly inPlace?: boolean
  readonly otherVersion?: boolean
}

const createRoot = (): Command =>
  withGlobalOptions(new Command('seatable-restic'))
    .description('Back up and restore a whole SeaTable server with restic: one snapshot is one instant.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .usage('COMMAND [OPTIONS]')
    // What is wrong with the command line is told by main, like every other error.
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    // What comes after `restic` is restic's.
    .enablePositionalOptions()
    .hook('preAction', (_root, command) => refuseContradictions(command))
    .addHelpText('after', `\n${exitStatusHelp}\n\n${environmentHelp}`)

const subcommand = (program: Command, name: string, does: string, examples: readonly string[]): Command =>
  withGlobalOptions(program.command(name))
    .description(does)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\n${examplesHelp(examples)}\n\n${exitStatusHelp}`)

// Declared on the program and on every command, so that they can stand before and after the command's name.
const withGlobalOptions = (command: Command): Command =>
  command
    .option('--env-file <file>', 'read the settings from this file')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print only results, warnings and errors')
    .option('-v, --verbose', 'tell more')

interface Parsed<Options> {
  readonly globals: GlobalOptions
  readonly options: Options
}

const parse = <Options extends object>(self: Command): Parsed<Options> => {
  const { envFile, json, quiet, verbose, ...options } = self.optsWithGlobals()
  return { globals: { envFile, json, quiet, verbose }, options: options as Options }
}

const leaveTerminalClean = async ({ ui }: ContextWithoutConfig, work: () => Promise<number>): Promise<number> => {
  try {
    const exitCode = await work()
    ui.finish()
    return exitCode
  } catch (error) {
    ui.abort()
    throw error
  }
}

// commander's messages begin with "error: ", and a suggestion is a line of its own in parentheses.
const asUsageError = (error: CommanderError): UserError => {
  if (error.code === 'commander.help') {
    return new UserError({
      message: 'No command was given',
      hint: 'See `seatable-restic --help`.',
      exitCode: exitCodes.usage,
    })
  }
  const way =
    error.code === 'commander.unknownCommand' ? wayThroughRestic(/'(.*)'/.exec(error.message)?.[1] ?? '') : null
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  return new UserError({
    message: `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/\.$/, ''),
    hint: way ?? suggestion?.replace(/^\((.*)\)$/, '$1') ?? 'See `seatable-restic --help`.',
    exitCode: exitCodes.usage,
  })
}

const version = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
