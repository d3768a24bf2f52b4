import type { Compose } from './compose.ts'
import type { Elsewhere } from './data-directory.ts'
import { containerOf, type Database } from './database.ts'
import type { Generation } from './generation.ts'
import type { PlacedContainer } from './host-containers.ts'
import type { Bucket } from './object-storage.ts'
import type { SetupPath } from './setup-paths.ts'

export interface Finding {
  readonly what: string
  readonly value: string
  readonly why: string
}

/** What was found, and why. */
interface Found {
  readonly server: { readonly placed: PlacedContainer | null; readonly why: string }
  readonly generation: { readonly generation: Generation; readonly why: string } | null
  readonly database: { readonly found: Database; readonly why: string }
  readonly databases: { readonly names: readonly string[]; readonly why: string }
  readonly dataDir: { readonly path: string | null; readonly why: string }
  readonly elsewhere: readonly Elsewhere[]
  readonly buckets: readonly Bucket[]
  readonly writers: readonly PlacedContainer[]
  readonly caches: readonly PlacedContainer[]
  readonly compose: { readonly compose: Compose; readonly why: string } | null
  readonly licence: { readonly path: string; readonly why: string } | null
  readonly certificates: readonly { readonly path: string; readonly why: string }[]
  readonly setupPaths: readonly SetupPath[]
}

/** For people, in the order in which it is told; no secret is in it. */
export const findingsOf = ({
  server,
  generation,
  database,
  databases,
  dataDir,
  elsewhere,
  buckets,
  writers,
  caches,
  compose,
  licence,
  certificates,
  setupPaths,
}: Found): readonly Finding[] => [
  { what: 'server container', value: server.placed === null ? 'none' : named(server.placed), why: server.why },
  ...(generation === null ? [] : [{ what: 'layout', value: generation.generation, why: generation.why }]),
  { what: 'database', value: databaseText(database.found), why: database.why },
  { what: 'databases', value: databases.names.join(', '), why: databases.why },
  { what: 'data directory', value: dataDir.path ?? 'none', why: dataDir.why },
  ...elsewhere.map(({ name, path, why }) => ({ what: name, value: path ?? 'not on this host', why })),
  ...buckets.map(({ directory, holds, bucket, from }) => ({
    what: holds === 'all' ? directory : `${holds} of ${directory}`,
    value: `bucket ${bucket}`,
    why: `${from} says so`,
  })),
  ...[...writers.filter((placed) => placed !== server.placed), ...caches].map((placed) => ({
    what: caches.includes(placed) ? 'cache' : 'writer',
    value: named(placed),
    why: `it belongs to ${server.placed?.container.name}`,
  })),
  ...(compose === null
    ? []
    : [{ what: 'compose directory', value: compose.compose.directory ?? 'none', why: compose.why }]),
  ...(licence === null ? [] : [{ what: 'licence', value: licence.path, why: licence.why }]),
  ...certificates.map(({ path, why }) => ({ what: 'certificates', value: path, why })),
  ...setupPaths.map(({ what, path, why }) => ({ what: `saved with the data: ${what}`, value: path, why })),
]

const named = ({ cli, container }: PlacedContainer): string => `${container.name} (${cli})`

const databaseText = (database: Database): string => {
  const contained = containerOf(database)
  return contained === null ? 'in no container' : `${contained.container} (${contained.engine})`
}
