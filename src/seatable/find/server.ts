import type { Config } from '../../config/config.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { holdsData, resolved } from './data-directory.ts'
import {
  type HostContainers,
  hostPath,
  isNamed,
  noServerContainer,
  type PlacedContainer,
  roleNameOf,
  silence,
} from './host-containers.ts'
import { companionOf, isDatabase, serverNames, serverSign } from './roles.ts'

export interface FoundServer {
  readonly server: PlacedContainer
  readonly why: string
}

/** The container of the SeaTable server, or null. Two that fit and hold different data are an error that names both. */
export const findServer = async (config: Config, here: HostContainers): Promise<FoundServer | null> => {
  if (config.serverContainer === noServerContainer) return null
  if (config.serverContainer !== null) return namedServer(config.serverContainer, here)
  const candidates: Candidate[] = []
  for (const server of here.containers) {
    const why = serverSign(server) ?? (await signOfData(server))
    const data = dataOf(server)
    if (why !== null) candidates.push({ server, why, data: data === null ? null : await resolved(data) })
  }
  return choose(candidates, config.dataDir === null ? null : await resolved(config.dataDir))
}

const namedServer = (name: string, { containers, silent }: HostContainers): FoundServer => {
  const server = containers.find((placed) => isNamed(placed, name))
  if (server) return { server, why: 'SEATABLE_RESTIC_SERVER_CONTAINER names it' }
  if (silent[0] !== undefined) throw silence(silent[0])
  throw new UserError({
    message: `There is no container named ${name}`,
    hint: 'Correct SEATABLE_RESTIC_SERVER_CONTAINER, or remove it to let the server be found.',
    exitCode: exitCodes.usage,
  })
}

/** An image of one’s own, under a name of one’s own. */
const signOfData = async (placed: PlacedContainer): Promise<string | null> => {
  const data = dataOf(placed)
  if (data === null || companionOf(placed) !== null || isDatabase(placed)) return null
  return (await holdsData(data)) ? `it mounts ${data} at /shared/seatable, and that holds SeaTable’s data` : null
}

const dataOf = (server: PlacedContainer): string | null => hostPath(server, '/shared/seatable')

interface Candidate extends FoundServer {
  readonly data: string | null
}

const choose = (candidates: readonly Candidate[], dataDir: string | null): FoundServer | null => {
  const ofData = candidates.filter(({ data }) => dataDir !== null && data === dataDir)
  const fitting = ofData.length > 0 ? ofData : candidates
  // With the same data they are one installation: its nodes, or what is left of a former container.
  if (new Set(fitting.map(({ data }) => data)).size <= 1) return fitting.toSorted(likelierFirst)[0] ?? null
  throw new UserError({
    message: `More than one container may be SeaTable’s server: ${fitting.map(({ server }) => server.container.name).join(', ')}`,
    hint: 'Name the right one in SEATABLE_RESTIC_SERVER_CONTAINER.',
    exitCode: exitCodes.usage,
  })
}

const likelierFirst = (one: FoundServer, other: FoundServer): number => rankOf(one) - rankOf(other)

const rankOf = ({ server }: FoundServer): number => {
  const name = serverNames.indexOf(roleNameOf(server))
  return (server.container.running ? 0 : 10) + (name < 0 ? serverNames.length : name)
}
