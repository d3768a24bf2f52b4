import { z } from 'zod'
import type { ContainerProgram } from '../engine-names.ts'
import { exitCodes, interruption, UserError } from '../errors.ts'
import { jsonOf } from '../json.ts'
import { type Command, type Finished, lastLine, run, wasInterrupted } from '../process.ts'

/** What `inspect` tells of a container, as far as it is used here. */
export interface Container {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly running: boolean
  readonly mounts: readonly { readonly source: string; readonly destination: string }[]
  /** What it was started with; secrets among it: never to be shown. */
  readonly environment: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  /** The names of the networks that it is on. */
  readonly networks: readonly string[]
  /** By what other names each of those networks knows it. */
  readonly aliases: Readonly<Record<string, readonly string[]>>
}

/** Whether an engine can be asked: `silent` is one that is installed and does not answer, with why and what to do. */
export type EngineState =
  | { readonly is: 'answers' | 'not installed' }
  | { readonly is: 'silent'; readonly why: string; readonly hint: string }

const inspected = z.array(
  z.looseObject({
    Id: z.string(),
    Name: z.string(),
    State: z.looseObject({ Running: z.boolean() }),
    Config: z.looseObject({
      Image: z.string().nullish(),
      Env: z.array(z.string()).nullish(),
      Labels: z.record(z.string(), z.string()).nullish(),
    }),
    Mounts: z.array(z.looseObject({ Source: z.string().optional(), Destination: z.string() })).nullish(),
    NetworkSettings: z
      .looseObject({
        Networks: z.record(z.string(), z.looseObject({ Aliases: z.array(z.string()).nullish() }).nullish()).nullish(),
      })
      .nullish(),
  }),
)

/** docker or podman on this host: the containers it runs, and their stop and start. */
export class ContainerCli {
  readonly cli: ContainerProgram
  readonly #environment: Readonly<Record<string, string>>

  constructor(cli: ContainerProgram, environment: Readonly<Record<string, string>>) {
    this.cli = cli
    this.#environment = environment
  }

  async state(signal?: AbortSignal): Promise<EngineState> {
    const ended = await run(this.#command(['ps', '--quiet']), { signal, timeout: 30_000 })
    if (ended.exitCode === 0) return { is: 'answers' }
    if (wasInterrupted(ended)) throw interruption(`Asking ${this.cli}`)
    return ended.startError === 'not found' ? { is: 'not installed' } : { is: 'silent', ...whySilent(this.cli, ended) }
  }

  /** Every container, running or not. */
  async list(signal?: AbortSignal): Promise<Container[]> {
    for (let attempt = 1; ; attempt++) {
      const listed = await this.#must(['ps', '--all', '--quiet', '--no-trunc'], 'Listing the containers', signal)
      const ids = listed.split('\n').filter((id) => id !== '')
      if (ids.length === 0) return []
      const result = await run(this.#command(['inspect', ...ids]), { signal, timeout: 60_000 })
      const found = parseInspect(result.stdout)
      if (result.exitCode === 0 && found.length > 0) return found
      // A container that was removed meanwhile makes inspect fail, and prints the others all the same.
      if (!saysOnlyThatSomeAreGone(result.stderr)) throw this.#failure('Looking at the containers', result)
      if (found.length > 0) return found
      // When all of them were removed meanwhile, those that are there now are looked at.
      if (attempt === 5) throw this.#failure('Looking at the containers', result)
    }
  }

  /** Null when there is no such container. */
  async find(name: string, signal?: AbortSignal): Promise<Container | null> {
    const result = await run(this.#command(['inspect', '--type', 'container', name]), { signal, timeout: 60_000 })
    if (wasInterrupted(result)) throw interruption(`Looking at the container ${name}`)
    return result.exitCode === 0 ? (parseInspect(result.stdout)[0] ?? null) : null
  }

  /** True only when the engine itself says that it has no such container: one that does not answer tells nothing. */
  async isGone(name: string): Promise<boolean> {
    const { exitCode, stderr } = await run(this.#command(['inspect', '--type', 'container', name]), { timeout: 60_000 })
    return exitCode !== 0 && saysItIsGone(stderr)
  }

  /** False when the container is gone. */
  stop(name: string): Promise<boolean> {
    return this.#unlessGone('stop', name, `Stopping the container ${name}`)
  }

  /** False when the container is gone. */
  start(name: string): Promise<boolean> {
    return this.#unlessGone('start', name, `Starting the container ${name}`)
  }

  async restart(name: string): Promise<void> {
    await this.#must(['restart', name], `Restarting the container ${name}`)
  }

  /** Runs a program in a container to its end, whatever its exit code. `timeout` in milliseconds. */
  exec(
    name: string,
    program: readonly string[],
    options: { signal?: AbortSignal; timeout: number },
  ): Promise<Finished> {
    return run(this.#command(['exec', name, ...program]), { ...options, ownSession: true })
  }

  /** Runs a program in a container; true when it ends with 0. */
  async succeeds(name: string, program: readonly string[]): Promise<boolean> {
    const result = await run(this.#command(['exec', name, ...program]), { timeout: 30_000, ownSession: true })
    return result.exitCode === 0
  }

  /** A start also fails for want of another container, of whose network it is: so it is asked for this one. */
  async #unlessGone(verb: 'stop' | 'start', name: string, task: string): Promise<boolean> {
    try {
      await this.#must([verb, name], task)
      return true
    } catch (error) {
      if (await this.isGone(name)) return false
      throw error
    }
  }

  async #must(args: readonly string[], task: string, signal?: AbortSignal): Promise<string> {
    const result = await run(this.#command(args), { signal, timeout: 300_000, ownSession: true })
    if (result.exitCode !== 0) throw this.#failure(task, result)
    return result.stdout
  }

  #failure(task: string, ended: Finished): UserError {
    const { startError, stderr, timedOut } = ended
    if (wasInterrupted(ended)) return interruption(task)
    if (startError !== null && startError !== 'not found') {
      const { why, hint } = whySilent(this.cli, ended)
      return new UserError({ message: `${task}: ${this.cli} ${why}`, hint })
    }
    if (startError !== null) {
      return new UserError({
        message: `${task}: ${this.cli} was not found`,
        hint: `Install ${this.cli}, or set SEATABLE_RESTIC_ENGINE.`,
        exitCode: exitCodes.usage,
      })
    }
    const said = timedOut ? 'it did not answer in time' : lastLine(stderr)
    return new UserError({
      message: `${task}: ${this.cli} failed: ${said}`,
      hint: `Try "${this.cli} ps"; its daemon must answer for this user.`,
    })
  }

  #command(args: readonly string[]): Command {
    return { file: this.cli, args, env: this.#environment }
  }
}

/** In the words of docker and podman; an engine that does not answer says something else. */
const saysItIsGone = (stderr: string): boolean => /no such (container|object)/i.test(stderr)

/** What failed was nothing else: an engine that ended in the middle leaves out containers that are there. */
const saysOnlyThatSomeAreGone = (stderr: string): boolean => {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  return lines.length > 0 && lines.every(saysItIsGone)
}

/** The variable that makes it ask a daemon elsewhere. */
const addressVariable = { docker: 'DOCKER_HOST', podman: 'CONTAINER_HOST' } as const

/** Words of docker and podman, and what is to be done; `why` follows the name of the engine. */
const whySilent = (
  cli: ContainerCli['cli'],
  { startError, stderr, timedOut, exitCode, signal }: Finished,
): { why: string; hint: string } => {
  if (startError !== null) {
    return { why: 'cannot be started', hint: `Look at it with \`ls -l "$(command -v ${cli})"\`.` }
  }
  if (timedOut) {
    return {
      why: 'did not answer within 30 seconds',
      hint: `Its daemon hangs: see \`systemctl status ${cli}\`, restart it (\`systemctl restart ${cli}\`), then run again.`,
    }
  }
  const said = lastLine(stderr).slice(0, 300) || `it ended with ${signal ?? `exit code ${exitCode}`}`
  if (/permission denied/i.test(stderr)) {
    return {
      why: `does not let this user in: ${said}`,
      hint: `Run as root, or as a user who may use ${cli}.`,
    }
  }
  if (/cannot connect|connection refused|no such file or directory|is the docker daemon running/i.test(stderr)) {
    return {
      why: `does not answer: ${said}`,
      hint: `Start ${cli} (\`systemctl start ${cli}\`), or correct ${addressVariable[cli]} if that is set, then run again.`,
    }
  }
  return { why: `does not answer: ${said}`, hint: `Try \`${cli} ps\`: it must answer for this user.` }
}

const parseInspect = (text: string): Container[] => {
  const parsed = inspected.safeParse(jsonOf(text))
  if (!parsed.success) return []
  return parsed.data.map(({ Id, Name, State, Config, Mounts, NetworkSettings }) => ({
    id: Id,
    name: Name.replace(/^\//, ''),
    image: Config.Image ?? '',
    running: State.Running,
    mounts: (Mounts ?? []).map(({ Source, Destination }) => ({ source: Source ?? '', destination: Destination })),
    environment: Object.fromEntries((Config.Env ?? []).map(variable)),
    labels: Config.Labels ?? {},
    networks: Object.keys(NetworkSettings?.Networks ?? {}),
    aliases: Object.fromEntries(
      Object.entries(NetworkSettings?.Networks ?? {}).map(([network, settings]) => [network, settings?.Aliases ?? []]),
    ),
  }))
}

const variable = (text: string): [string, string] => {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
