import {
  type HostContainers,
  hostPath,
  isSameProject,
  type PlacedContainer,
  projectOf,
  sharedNetworks,
} from './host-containers.ts'
import { companionNames, companionOf, isCache, isDatabase, serverSign } from './roles.ts'

/** Every container that writes to SeaTable's databases or files, in the order in which a restore stops them. */
export const findWriters = (here: HostContainers, server: PlacedContainer | null): PlacedContainer[] =>
  server === null ? [] : [...findCompanions(here, server), server]

/**
 * Every other container that writes to what the server writes to: of its compose project, or on a network with it.
 * Others of the same names belong to somebody else.
 */
const findCompanions = ({ containers }: HostContainers, server: PlacedContainer): PlacedContainer[] => {
  const ranked = containers.flatMap((placed) => {
    if (placed === server || isCache(placed) || isDatabase(placed)) return []
    const companion = companionOf(placed)
    if (hasSameData(placed, server)) return [{ placed, rank: rankOf(companion) }]
    const isOfServer = companion !== null && belongsTo(placed, server, containers)
    return isOfServer ? [{ placed, rank: rankOf(companion) }] : []
  })
  return ranked.toSorted((one, other) => one.rank - other.rank).map(({ placed }) => placed)
}

/** What has no known name stops last, next to the server. */
const rankOf = (companion: string | null): number =>
  companion === null ? companionNames.length : companionNames.indexOf(companion)

const hasSameData = (placed: PlacedContainer, server: PlacedContainer): boolean => {
  const shared = hostPath(server, '/shared')
  return shared !== null && hostPath(placed, '/shared') === shared
}

/**
 * The networks of the official compose files have fixed names: on them, what another compose project runs is not the
 * server’s when that project has a server of its own, nor when the name is one that anybody uses.
 */
const belongsTo = (
  placed: PlacedContainer,
  server: PlacedContainer,
  containers: readonly PlacedContainer[],
): boolean => {
  if (isSameProject(placed, server)) return true
  if (sharedNetworks(placed, server).length === 0) return false
  if (projectOf(placed) === null) return true
  const hasServer = containers.some((other) => isSameProject(other, placed) && serverSign(other) !== null)
  return !hasServer && companionOf(placed) !== 'ofelia'
}
