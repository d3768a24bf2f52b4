import { Command as Commander, CommanderError } from 'commander'
import type { Outside } from './commands/context/outside.ts'
import type { Recording } from './commands/context/recording.ts'
import type { Command } from './commands/definition/command.ts'
import { addCommand, helpOption, withGlobalOptions } from './commands/definition/parser.ts'
import { recordedName } from './commands/definition/recorded-name.ts'
import type { CommandLine } from './commands/definition/refuse.ts'
import { commandsFor, loadCommands } from './commands/table.ts'
import { type ExitCode, exitCodes, UserError } from './errors.ts'
import { environmentHelp, exitStatusHelp } from './ui/help.ts'
import { version } from './version.ts'

/**
 * Runs the command that `args` name and returns its exit code. Throws a `UserError` when they are wrong. Of a run that is
 * noted down `recorded` gets the recording, to end it.
 */
export const runCli = async (
  args: readonly string[],
  outside: Outside,
  signal: AbortSignal,
  recorded?: (recording: Recording) => void,
): Promise<ExitCode> => {
  if (args[0] === asking) return answerShell(args.slice(1), outside)
  let exitCode: ExitCode = exitCodes.done
  const program = createParser(outside)
  const commands = await commandsFor(args)
  for (const command of commands) {
    addCommand(program, command, async (line) => {
      exitCode = await runCommand(command, line, outside, signal, recorded)
    })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return exitCode
    const { usageErrorOf } = await import('./commands/definition/usage-error.ts')
    throw usageErrorOf(
      error,
      args.find((word) => commands.some(({ name }) => name === word)),
    )
  }
  return exitCode
}

/** What the scripts of `completion` put in place of a command at every TAB: no parser and no context is loaded. */
const asking = '__complete'

const answerShell = async (asked: readonly string[], outside: Outside): Promise<ExitCode> => {
  const { answer } = await import('./commands/completion/answer.ts')
  return answer(asked, outside, await loadCommands())
}

const createParser = ({ stdout, stderr }: Outside): Commander =>
  withGlobalOptions(new Commander('seatable-restic'))
    .description('Back up and restore a whole SeaTable server with restic: one snapshot is one instant.')
    .version(version, '--version', 'print the version')
    .helpOption(...helpOption)
    .usage('COMMAND [OPTIONS]')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // What is wrong with the command line is told like every other error.
      outputError: () => {},
    })
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    // What comes after the name of a command is for that command, or for restic.
    .enablePositionalOptions()
    .addHelpText('after', `\n${exitStatusHelp}\n\n${environmentHelp}`)
    .addHelpCommand(
      new Commander('help')
        .argument('[command]')
        .description('Print the help of a command.')
        .helpGroup('Configuration and help:'),
    )

/** What this imports is loaded by a command that runs, and not by `--help` and `--version`. */
const runCommand = async (
  command: Command,
  line: CommandLine,
  outside: Outside,
  signal: AbortSignal,
  recorded?: (recording: Recording) => void,
): Promise<ExitCode> => {
  await refuseOldNode(outside)
  const { refuseContradictions } = await import('./commands/definition/refuse.ts')
  refuseContradictions(command, line)
  const recording = recorded === undefined ? null : await beginRecordingOf(command, line, outside)
  if (recording !== null) recorded?.(recording)
  const { createContext, createContextWithoutConfig } = await import('./commands/context/context.ts')
  const context = await (command.needsConfig ? createContext : createContextWithoutConfig)(
    line.globals,
    outside,
    signal,
    recording?.hear,
  )
  try {
    const exitCode = await command.run(context, line.given)
    context.ui.finish()
    return exitCode
  } catch (error) {
    context.ui.abort()
    throw error
  } finally {
    await context.end()
  }
}

/** Null for what is not noted down: it does nothing, or only looks. */
const beginRecordingOf = async (
  command: Command,
  { given, globals }: CommandLine,
  outside: Outside,
): Promise<Recording | null> => {
  const name = recordedName(command, given)
  if (name === null) return null
  const { beginRecording } = await import('./commands/context/recording.ts')
  return beginRecording(name, globals, outside)
}

/** Before anything is loaded that an older Node cannot load. */
const refuseOldNode = async ({ version }: Outside): Promise<void> => {
  const { isNodeTooOld, nodeHint } = await import('./node-version.ts')
  if (!isNodeTooOld(version)) return
  throw new UserError({
    message: `Node ${version} is too old for seatable-restic`,
    hint: `${nodeHint}. It must come first on the PATH.`,
    exitCode: exitCodes.usage,
  })
}
