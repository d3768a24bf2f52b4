import { hostPath, imageOf, type PlacedContainer, roleNameOf } from './host-containers.ts'

/** Names of the official compose files, newest first. */
export const serverNames = ['seatable-server', 'seatable']

const serverImage = /^seatable(-(enterprise|developer|community)(-.+)?)?$/

/** What else writes, jobs before the services that they call. */
export const companionNames = [
  'ofelia',
  'automation-worker',
  'python-pipeline-runner',
  'python-pipeline-starter',
  'python-pipeline-scheduler',
  'python-runner',
  'python-starter',
  'python-scheduler',
  'seatable-ai',
  'seatable-html-server',
  'app-server',
  'seadoc',
  'sdoc-server',
  'dtable-server',
]

/** Images that are not named as the service that runs them. */
const servicesOfImages: Readonly<Record<string, string>> = {
  'custom-app-server': 'app-server',
  'seatable-python-runner': 'python-runner',
  'seatable-python-starter': 'python-starter',
  'seatable-python-scheduler': 'python-scheduler',
}

/** Which of `companionNames` a container is, or null. */
export const companionOf = (placed: PlacedContainer): string | null => {
  const image = imageOf(placed)
  const names = [roleNameOf(placed), servicesOfImages[image] ?? image]
  return names.find((name) => companionNames.includes(name)) ?? null
}

/** What speaks for a container being a SeaTable server, without looking at its data; null when nothing does. */
export const serverSign = (placed: PlacedContainer): string | null => {
  const role = roleNameOf(placed)
  if (companionOf(placed) !== null || isDatabase(placed)) return null
  if (serverImage.test(imageOf(placed))) return `it runs the image ${placed.container.image}`
  if (serverNames.includes(role)) return `it is named ${role}`
  return placed.container.environment.SEATABLE_SERVER_HOSTNAME !== undefined && hostPath(placed, '/shared') !== null
    ? 'it is told SEATABLE_SERVER_HOSTNAME and mounts /shared'
    : null
}

/** Names of the official compose files, newest first. */
export const databaseNames = ['mariadb', 'seatable-mysql', 'seatable-db']

const databaseImage = /^(mariadb|mysql|percona)/

/** By its name, its image, or what it mounts. */
export const isDatabase = (placed: PlacedContainer): boolean =>
  databaseNames.includes(roleNameOf(placed)) ||
  (!mountsShared(placed) &&
    (placed.container.mounts.some(({ destination }) => destination === '/var/lib/mysql') ||
      databaseImage.test(imageOf(placed))))

const mountsShared = (placed: PlacedContainer): boolean => hostPath(placed, '/shared') !== null

const cacheNames = ['redis', 'seatable-redis', 'memcached', 'seatable-memcached']

/** Whether it has a name that SeaTable’s compose files give to a cache. */
export const hasCacheName = (placed: PlacedContainer): boolean => cacheNames.includes(roleNameOf(placed))
const cacheImage = /^(redis|valkey|memcached)/

export const isCache = (placed: PlacedContainer): boolean => hasCacheName(placed) || cacheImage.test(imageOf(placed))
