import { readConf } from './conf-files.ts'
import type { Generation } from './generation.ts'
import type { PlacedContainer } from './host-containers.ts'

/** A bucket that holds what would otherwise lie in a directory. */
export interface Bucket {
  readonly directory: 'seafile-data' | 'seahub-data' | 'storage-data'
  /** What of that directory it holds. */
  readonly holds: 'all' | 'commits' | 'fs' | 'blocks' | 'avatars'
  readonly bucket: string
  /** The server of the bucket; null for Amazon's. */
  readonly endpoint: string | null
  /** Encrypted with a key of the customer's (SSE-C), without which nothing in it can be read. */
  readonly customerKey: boolean
  /** Where SeaTable is told. */
  readonly from: string
}

type Environment = Readonly<Record<string, string>>

/**
 * The buckets in which SeaTable keeps data: variables since 6.1, conf files before 6.2. The sides of SeaTable's storage
 * server and of Seafile are configured apart.
 */
export const findBuckets = async (
  server: PlacedContainer | null,
  dataDir: string | null,
  generation: Generation | null,
): Promise<Bucket[]> => {
  const environment = server?.container.environment ?? {}
  const confDir = readsConf(generation) ? dataDir : null
  return [
    ...(await bucketsOfStorageServer(environment, confDir)),
    ...(await bucketsOfSeafile(environment, confDir)),
    ...bucketOfAvatars(environment),
  ]
}

/** From 6.2 on, conf files that are left of older versions mean nothing. */
export const readsConf = (generation: Generation | null): boolean => generation !== 'E' && generation !== 'F'

const isBucket = (type: string | undefined): boolean =>
  ['s3', 'oss', 'swift', 'ceph'].includes(type?.toLowerCase() ?? '')

const bucketsOfStorageServer = async (environment: Environment, confDir: string | null): Promise<Bucket[]> => {
  const told = tellingVariable(environment, ['STORAGE_SERVER_BACKEND_TYPE', 'STORAGE_TYPE'])
  if (told !== null) {
    return isBucket(environment[told])
      ? [ofEnvironment(environment, told, 'storage-data', 'all', 'S3_STORAGE_BUCKET')]
      : []
  }
  const backend = (await readConf(confDir, 'dtable-storage-server.conf'))['storage backend'] ?? {}
  return isBucket(backend.type) ? [ofConf(backend, 'conf/dtable-storage-server.conf', 'storage-data', 'all')] : []
}

const bucketsOfSeafile = async (environment: Environment, confDir: string | null): Promise<Bucket[]> => {
  const told = tellingVariable(environment, ['SEAF_SERVER_STORAGE_TYPE', 'STORAGE_TYPE'])
  if (told !== null) {
    if (!isBucket(environment[told])) return []
    return [
      ofEnvironment(environment, told, 'seafile-data', 'commits', 'S3_COMMIT_BUCKET'),
      ofEnvironment(environment, told, 'seafile-data', 'fs', 'S3_FS_BUCKET'),
      ofEnvironment(environment, told, 'seafile-data', 'blocks', 'S3_BLOCK_BUCKET'),
    ]
  }
  const conf = await readConf(confDir, 'seafile.conf')
  const sections = { commits: 'commit_object_backend', fs: 'fs_object_backend', blocks: 'block_backend' } as const
  return (['commits', 'fs', 'blocks'] as const).flatMap((holds) => {
    const backend = conf[sections[holds]] ?? {}
    return isBucket(backend.name) ? [ofConf(backend, 'conf/seafile.conf', 'seafile-data', holds)] : []
  })
}

const bucketOfAvatars = (environment: Environment): Bucket[] =>
  environment.S3_AVATAR_BUCKET && isBucket(environment.STORAGE_TYPE)
    ? [ofEnvironment(environment, 'STORAGE_TYPE', 'seahub-data', 'avatars', 'S3_AVATAR_BUCKET')]
    : []

/** The first of these variables that says anything. */
const tellingVariable = (environment: Environment, names: readonly string[]): string | null =>
  names.find((name) => environment[name]) ?? null

const ofEnvironment = (
  environment: Environment,
  from: string,
  directory: Bucket['directory'],
  holds: Bucket['holds'],
  variable: string,
): Bucket => ({
  directory,
  holds,
  bucket: environment[variable] || `whatever ${variable} is`,
  endpoint: environment.S3_HOST || null,
  customerKey: Boolean(environment.S3_SSE_C_KEY),
  from,
})

const ofConf = (
  backend: Readonly<Record<string, string>>,
  from: string,
  directory: Bucket['directory'],
  holds: Bucket['holds'],
): Bucket => ({
  directory,
  holds,
  bucket: backend.bucket || backend.container || 'a bucket without a name',
  endpoint: backend.host || backend.endpoint || null,
  customerKey: Boolean(backend.sse_c_key),
  from,
})

/** Directories that need not be there: all that they would hold is in buckets. */
export const directoriesInBuckets = (buckets: readonly Bucket[]): string[] => {
  const holds = (directory: string, part: string) =>
    buckets.some((bucket) => bucket.directory === directory && bucket.holds === part)
  return [
    ...(holds('storage-data', 'all') ? ['storage-data'] : []),
    ...(['commits', 'fs', 'blocks'].every((part) => holds('seafile-data', part)) ? ['seafile-data'] : []),
  ]
}

/** What no backup of this tool holds, as sentences. */
export const uncoveredBuckets = (buckets: readonly Bucket[]): string[] => [
  ...buckets.map(
    ({ directory, holds, bucket, endpoint, from }) =>
      `NOT SAVED: ${holds === 'all' ? directory : `${holds} of ${directory}`} in the bucket ${bucket}${endpoint === null ? '' : ` at ${endpoint}`} (${from}). Back that bucket up by itself, after this backup.`,
  ),
  ...(buckets.some(({ customerKey }) => customerKey)
    ? [
        `The buckets ${[...new Set(buckets.filter(({ customerKey }) => customerKey).map(({ bucket }) => bucket))].join(', ')} are encrypted with an SSE-C key: keep a copy of that key elsewhere. Without it nothing in them can be read.`,
      ]
    : []),
]
