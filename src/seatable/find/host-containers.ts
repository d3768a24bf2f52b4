import type { Config } from '../../config/config.ts'
import { type ContainerProgram, containerPrograms } from '../../engine-names.ts'
import { type Container, ContainerCli } from '../../engines/container-cli.ts'
import { exitCodes, UserError } from '../../errors.ts'

/** A container, and the program that stops and starts it. */
export interface PlacedContainer {
  readonly cli: ContainerProgram
  readonly container: Container
}

/** What runs on this host in containers, or lies there stopped. */
export interface HostContainers {
  readonly containers: readonly PlacedContainer[]
  /** Engines that are installed and do not answer: what they hold is not known. */
  readonly silent: readonly SilentEngine[]
}

export interface SilentEngine {
  readonly cli: ContainerProgram
  /** Why, as the end of a sentence that begins with its name. */
  readonly why: string
  readonly hint: string
}

/** Said of the server container: SeaTable runs in none, and the containers of this host are not its own. */
export const noServerContainer = 'none'

/** Asks the configured engine, or every one there is. An engine that is named must answer. */
export const listHostContainers = async (config: Config, signal?: AbortSignal): Promise<HostContainers> => {
  if (config.engine === 'none' && config.serverContainer === noServerContainer) return { containers: [], silent: [] }
  const named = containerPrograms.filter((name) => name === config.engine)
  const names = named.length > 0 ? named : containerPrograms
  const containers: PlacedContainer[] = []
  const silent: SilentEngine[] = []
  for (const name of names) {
    const cli = new ContainerCli(name, config.environment.tools)
    const state = await cli.state(signal)
    if (state.is === 'answers') {
      for (const container of await cli.list(signal)) {
        // A docker that is podman under another name tells of the same containers.
        if (!containers.some((other) => other.container.id === container.id)) containers.push({ cli: name, container })
      }
    } else if (state.is === 'silent') {
      const engine = { cli: name, why: state.why, hint: state.hint }
      if (config.engine === name) throw silence(engine)
      silent.push(engine)
    } else if (config.engine === name) {
      throw new UserError({
        message: `SEATABLE_RESTIC_ENGINE is ${name}, and there is no ${name} on the PATH`,
        hint: `Install ${name}, or set SEATABLE_RESTIC_ENGINE=none for a database without a container.`,
        exitCode: exitCodes.usage,
      })
    }
  }
  return { containers, silent }
}

/** An engine does not answer: it is not SeaTable, its database or its data that were not found. */
export class EngineSilent extends UserError {}

/** What an engine that does not answer holds is not known: nobody can say that it holds nothing. */
export const silence = ({ cli, why, hint }: SilentEngine): EngineSilent =>
  new EngineSilent({
    message: `${cli} ${why}`,
    hint: `${hint} For a database and a SeaTable without containers: SEATABLE_RESTIC_ENGINE=none and SEATABLE_RESTIC_SERVER_CONTAINER=none.`,
  })

/** By its name, or by at least twelve characters of its id. */
export const isNamed = ({ container }: PlacedContainer, name: string): boolean =>
  container.name === name || (name.length >= 12 && container.id.startsWith(name))

export const projectOf = ({ container }: PlacedContainer): string | null =>
  container.labels['com.docker.compose.project'] ?? null

export const serviceOf = ({ container }: PlacedContainer): string | null =>
  container.labels['com.docker.compose.service'] ?? null

/** The last part of the image’s name, without registry, tag and digest: `seatable-enterprise`. */
export const imageOf = ({ container }: PlacedContainer): string =>
  container.image
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .split('/')
    .at(-1) ?? ''

/** Its service if it has one, which a project’s prefix and number do not hide; else its name. */
export const roleNameOf = (placed: PlacedContainer): string => serviceOf(placed) ?? placed.container.name

export const isSameProject = (one: PlacedContainer, other: PlacedContainer): boolean =>
  projectOf(one) !== null && projectOf(one) === projectOf(other)

/** Networks of everybody’s: on these, containers that have nothing to do with each other meet. */
const commonNetworks = ['bridge', 'host', 'none', 'podman']

/** The networks of their own on which two containers of one engine meet. */
export const sharedNetworks = (one: PlacedContainer, other: PlacedContainer): string[] =>
  one.cli === other.cli
    ? one.container.networks.filter((name) => !commonNetworks.includes(name) && other.container.networks.includes(name))
    : []

/** Why `from` reaches `to` when it connects to `host`, or null when it does not. */
export const reaches = (from: PlacedContainer, to: PlacedContainer, host: string): string | null => {
  if (from.cli !== to.cli) return null
  const isCalled = to.container.name === host || serviceOf(to) === host
  if (isCalled && isSameProject(from, to)) return `of its compose project ${projectOf(to)}`
  for (const network of sharedNetworks(from, to)) {
    if (isCalled || to.container.aliases[network]?.includes(host)) return `on its network ${network}`
  }
  // On the default network only links go by names, which compose does not make.
  const byHand = projectOf(from) === null || projectOf(to) === null
  const linked = ['bridge', 'podman'].some((name) =>
    [from, to].every(({ container }) => container.networks.includes(name)),
  )
  return to.container.name === host && byHand && linked ? 'by its name' : null
}

/** Where a path inside a container lies on this host; null when it lies in the container itself. */
export const hostPath = ({ container }: PlacedContainer, inside: string): string | null => {
  const [mount] = container.mounts
    .filter(({ destination }) => inside === destination || inside.startsWith(`${destination.replace(/\/$/, '')}/`))
    .sort((a, b) => b.destination.length - a.destination.length)
  return mount === undefined || mount.source === ''
    ? null
    : mount.source + inside.slice(mount.destination.replace(/\/$/, '').length)
}
