import { expect, test } from 'vitest'
import { findCaches } from '../../../src/seatable/find/caches.ts'
import { hostPath, type PlacedContainer } from '../../../src/seatable/find/host-containers.ts'
import { findWriters } from '../../../src/seatable/find/writers.ts'

interface Made {
  readonly project?: string
  readonly service?: string
  readonly networks?: readonly string[]
  readonly aliases?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly mounts?: Readonly<Record<string, string>>
  readonly image?: string
}

const placed = (
  name: string,
  {
    project,
    service,
    networks = [],
    aliases = [],
    environment = {},
    mounts = {},
    image = `example.com/${name}:1`,
  }: Made,
): PlacedContainer => ({
  cli: 'docker',
  container: {
    id: name,
    name,
    image,
    running: true,
    environment,
    networks,
    labels: {
      ...(project ? { 'com.docker.compose.project': project } : {}),
      ...(service ? { 'com.docker.compose.service': service } : {}),
    },
    aliases: Object.fromEntries(networks.map((network) => [network, aliases])),
    mounts: Object.entries(mounts).map(([destination, source]) => ({ destination, source })),
  },
})

const net = 'backend-seatable-net'

/** On the networks that the official compose files name: everybody who uses them meets there. */
const server = placed('seatable-server', {
  project: 'seatable-compose',
  networks: [net, 'frontend-net'],
  environment: { REDIS_HOST: 'cache' },
  mounts: { '/shared': '/opt/seatable-server' },
})

/** In the order in which they are stopped. */
const writers = (...others: PlacedContainer[]): string[] =>
  findWriters({ containers: [server, ...others], silent: [] }, server).map(({ container }) => container.name)

const caches = (...others: PlacedContainer[]): string[] =>
  findCaches({ containers: [server, ...others], silent: [] }, server).map(({ container }) => container.name)

test('what writes is stopped, jobs before what they call, wherever it was composed', () => {
  const others = [
    placed('dtable-server', { project: 'seatable-compose' }),
    placed('ai', { project: 'ai', networks: [net], image: 'seatable/seatable-ai:6.1.0' }),
    placed('tables-ofelia-1', { project: 'seatable-compose', service: 'ofelia' }),
    placed('python-scheduler', { networks: [net] }),
    placed('own', { project: 'own', mounts: { '/shared': '/opt/seatable-server' } }),
  ]
  expect(writers(...others)).toEqual([
    'tables-ofelia-1',
    'python-scheduler',
    'ai',
    'dtable-server',
    'own',
    'seatable-server',
  ])
})

test('what only has the same name is left alone', () => {
  const others = [
    placed('seadoc', { project: 'docs' }),
    placed('ofelia', { project: 'jobs', networks: ['frontend-net'] }),
    placed('python-runner', { networks: ['bridge'] }),
    placed('seatable-ai', { project: 'second', networks: [net] }),
    placed('seatable', { project: 'second', networks: [net], mounts: { '/shared': '/srv/second' } }),
  ]
  expect(writers(...others)).toEqual(['seatable-server'])
})

test('caches are those of the project, and those that the server reaches by the name it is told', () => {
  expect(
    caches(
      placed('redis', { project: 'seatable-compose', service: 'redis' }),
      placed('shared-valkey', { project: 'shared', networks: [net], aliases: ['cache'], image: 'valkey/valkey:8' }),
      placed('n8n-redis-1', { project: 'n8n', service: 'redis', networks: ['frontend-net'], aliases: ['redis'] }),
      placed('memcached', { project: 'other', networks: ['bridge'] }),
      // Composed together with SeaTable, and nobody's cache.
      placed('authentik-redis', { project: 'seatable-compose', service: 'authentik-redis', image: 'redis:7' }),
    ),
  ).toEqual(['redis', 'shared-valkey'])
})

test('a cache of the project under a name of its own is taken when the server reaches no other', () => {
  const made = { project: 'seatable-compose', service: 'kv', image: 'redis:7' }
  expect(caches(placed('kv', { ...made, networks: [net] }))).toEqual(['kv'])
  expect(caches(placed('kv', { ...made, networks: ['elsewhere'] }))).toEqual([])
})

test('a path inside a container is on this host where the innermost mount has it', () => {
  const mounts = { '/shared': '/opt/seatable-server', '/shared/seatable/storage-data': '/srv/storage', '/x': '' }
  const container = placed('seatable-server', { mounts })
  expect(hostPath(container, '/shared/seatable/conf')).toBe('/opt/seatable-server/seatable/conf')
  expect(hostPath(container, '/shared/seatable/storage-data')).toBe('/srv/storage')
  expect(hostPath(container, '/shared/seatable/storage-data/a')).toBe('/srv/storage/a')
  expect(hostPath(container, '/shared2/a')).toBeNull()
  expect(hostPath(container, '/x/a')).toBeNull()
})
