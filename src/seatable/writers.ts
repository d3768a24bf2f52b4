import type { ContainerProgram } from '../engine-names.ts'
import { ContainerCli } from '../engines/container-cli.ts'
import { UserError } from '../errors.ts'
import { type Command, lastLine, run } from '../process.ts'
import type { Installation } from './find/installation.ts'

/** Something that writes to SeaTable's data and can be stopped: a container, or what the configured commands stop. */
export interface Writer {
  readonly by: ContainerProgram | 'command'
  readonly name: string
}

/** How writers are stopped and started. */
export interface WriterControls {
  /** Commands for an installation without containers; null when none are configured. */
  readonly commands: { readonly stop: readonly string[]; readonly start: readonly string[] } | null
  readonly environment: Readonly<Record<string, string>>
}

/** The same installation with its writers as they are by now: since it was found, hours may have passed. */
export const asTheyAreNow = async <Found extends Pick<Installation, 'writers'>>(
  installation: Found,
  { environment }: WriterControls,
): Promise<Found> => {
  const writers = await Promise.all(
    installation.writers.map(async (placed) => {
      const cli = new ContainerCli(placed.cli, environment)
      const { name } = placed.container
      const container = await cli.find(name)
      if (container !== null) return { ...placed, container }
      return (await cli.isGone(name)) ? { ...placed, container: { ...placed.container, running: false } } : placed
    }),
  )
  return { ...installation, writers }
}

/** The writers that run now: what is not running is neither stopped nor started. */
export const runningWriters = ({ writers }: Installation, { commands }: WriterControls): Writer[] => [
  ...writers
    .filter(({ container }) => container.running)
    .map(({ cli, container }) => ({ by: cli, name: container.name })),
  ...(commands === null ? [] : [{ by: 'command' as const, name: commands.stop.join(' ') }]),
]

/** In their order. What is gone is told to `warn`, and keeps no other from it. */
export const stopWriters = async (
  writers: readonly Writer[],
  controls: WriterControls,
  warn: (message: string) => void,
): Promise<void> => {
  for (const writer of writers) {
    if (!(await controlWriter('stop', writer, controls))) warn(`${gone(writer)}, and needed no stop`)
  }
}

/**
 * The other way round than they were stopped; one that runs already is left alone. One that cannot be started keeps no
 * other from it, and is told when all have been tried; what is gone is told to `warn`.
 */
export const startWriters = async (
  writers: readonly Writer[],
  controls: WriterControls,
  warn: (message: string) => void,
): Promise<void> => {
  const failures: unknown[] = []
  for (const writer of [...writers].reverse()) {
    try {
      if (!(await controlWriter('start', writer, controls))) warn(`${gone(writer)}, and was not started`)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

const gone = ({ by, name }: Writer): string => `The container ${name} is gone: ${by} has none of this name any more`

/** False when its container is gone. */
const controlWriter = (verb: 'stop' | 'start', writer: Writer, controls: WriterControls): Promise<boolean> =>
  writer.by === 'command'
    ? runCommand(verb, controls)
    : new ContainerCli(writer.by, controls.environment)[verb](writer.name)

const runCommand = async (verb: 'stop' | 'start', { commands, environment }: WriterControls): Promise<true> => {
  const [file, ...args] = commands?.[verb] ?? []
  if (file === undefined) return true
  const command: Command = { file, args, env: environment }
  const { exitCode, stderr, startError } = await run(command, { ownSession: true, timeout: 600_000 })
  if (exitCode === 0) return true
  const said = startError ?? lastLine(stderr)
  throw new UserError({
    message: `The command that should ${verb} SeaTable failed: ${file} ended with ${exitCode ?? 'no exit code'}: ${said}`,
    hint: `Correct SEATABLE_RESTIC_${verb.toUpperCase()}_COMMAND.`,
  })
}
