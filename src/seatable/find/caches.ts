import { type HostContainers, isSameProject, type PlacedContainer, reaches, sharedNetworks } from './host-containers.ts'
import { hasCacheName, isCache } from './roles.ts'

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
