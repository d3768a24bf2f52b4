import {
  type HostContainers,
  hostPath,
  isSameProject,
  type PlacedContainer,
  projectOf,
  reaches,
  sharedNetworks,
} from './host-containers.ts'
import { companionNames, companionOf, hasCacheName, isCache, isDatabase, serverSign } from './roles.ts'

/**
 * Every other container that writes to what the server writes to, in the order in which they are stopped: of its
 * compose project, or on a network with it. Others of the same names belong to somebody else.
 */
export const findCompanions = ({ containers }: HostContainers, server: PlacedContainer | null): PlacedContainer[] => {
  if (server === null) return []
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

/**
 * Redis and Memcached of the server: those that it reaches by the name it is told, and in its compose project those with
 * SeaTable’s names; without any that it reaches, those on a network with it. The project may run somebody else’s as well.
 */
export const findCaches = ({ containers }: HostContainers, server: PlacedContainer | null): PlacedContainer[] => {
  if (server === null) return []
  const { REDIS_HOST = 'redis', MEMCACHED_HOST = 'memcached' } = server.container.environment
  const all = containers.filter(isCache)
  const told = all.filter((placed) =>
    [REDIS_HOST, MEMCACHED_HOST].some((host) => reaches(server, placed, host) !== null),
  )
  return all.filter((placed) => {
    if (told.includes(placed)) return true
    if (!isSameProject(placed, server)) return false
    return hasCacheName(placed) || (told.length === 0 && sharedNetworks(placed, server).length > 0)
  })
}
