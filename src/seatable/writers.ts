import { ContainerCli } from '../engines/containers.ts'
import { UserError } from '../errors.ts'
import { type Command, run } from '../process.ts'
import type { Installation } from './installation.ts'

/** Something that writes to SeaTable's data and can be stopped: a container, or what the configured commands stop. */
export interface Writer {
  readonly by: 'docker' | 'podman' | 'command'
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
      const container = await new ContainerCli(placed.cli, environment).find(placed.container.name)
      return { ...placed, container: container ?? placed.container }
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

export const stopWriters = async (writers: readonly Writer[], controls: WriterControls): Promise<void> => {
  for (const writer of writers) {
    if (writer.by === 'command') await runCommand('stop', controls)
    else await new ContainerCli(writer.by, controls.environment).stop(writer.name)
  }
}

/**
 * The other way round than they were stopped; one that runs already is left alone. One that cannot be started keeps no
 * other from it, and is told when all have been tried.
 */
export const startWriters = async (writers: readonly Writer[], controls: WriterControls): Promise<void> => {
  const failures: unknown[] = []
  for (const writer of [...writers].reverse()) {
    await startWriter(writer, controls).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

const startWriter = (writer: Writer, controls: WriterControls): Promise<void> =>
  writer.by === 'command'
    ? runCommand('start', controls)
    : new ContainerCli(writer.by, controls.environment).start(writer.name)

const runCommand = async (verb: 'stop' | 'start', { commands, environment }: WriterControls): Promise<void> => {
  const [file, ...args] = commands?.[verb] ?? []
  if (file === undefined) return
  const command: Command = { file, args, env: environment }
  const { exitCode, stderr, startError } = await run(command, { ownSession: true, timeout: 600_000 })
  if (exitCode === 0) return
  const said = startError ?? stderr.trim().split('\n').at(-1) ?? ''
  throw new UserError(
    `The command that should ${verb} SeaTable failed: ${file} ended with ${exitCode ?? 'no exit code'}: ${said}`,
    `Correct SEATABLE_RESTIC_${verb.toUpperCase()}_COMMAND.`,
  )
}
