import { stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { isDirectory, volumesOfEnvFiles } from './data-directory.ts'
import {
  type HostContainers,
  hostPath,
  imageOf,
  isSameProject,
  type PlacedContainer,
  roleNameOf,
  sharedNetworks,
} from './host-containers.ts'

/** What made the containers. */
export interface Compose {
  /** Null when it was found by its place, not by a container. */
  readonly project: string | null
  /** The working directory of compose, when it is on this host. */
  readonly directory: string | null
  /** Compose files and env files that are on this host. */
  readonly files: readonly string[]
}

interface FoundPath {
  readonly path: string
  readonly why: string
}

/** By the labels of the server container, else beside the data directory where the manuals have it. */
export const findCompose = async (
  server: PlacedContainer | null,
  dataDir: string | null,
): Promise<{ readonly compose: Compose; readonly why: string } | null> =>
  (server === null ? null : await composeOfLabels(server)) ?? (dataDir === null ? null : await composeBeside(dataDir))

const composeOfLabels = async ({ container }: PlacedContainer) => {
  const label = (name: string): string => container.labels[`com.docker.compose.project${name}`] ?? ''
  const workingDir = label('.working_dir')
  if (workingDir === '' || !(await isDirectory(workingDir))) return null
  const named = [...label('.config_files').split(','), ...label('.environment_file').split(','), '.env']
  const files = await existing(
    named.filter((name) => name !== '').map((name) => (isAbsolute(name) ? name : join(workingDir, name))),
  )
  const compose: Compose = { project: label('') || null, directory: workingDir, files }
  return { compose, why: `compose has labelled ${container.name} with it` }
}

const composeNames = ['docker-compose.yml', 'docker-compose.yaml', 'compose.yml', 'compose.yaml', 'seatable-server.yml']

/**
 * `/opt/seatable-compose` beside `/opt/seatable-server`, `/opt/seatable` around `seatable-data`, or where an env file of
 * compose names the volume.
 */
const composeBeside = async (dataDir: string) => {
  const volume = dirname(dataDir)
  const naming = (await volumesOfEnvFiles()).filter((one) => one.volume === volume).map(({ file }) => dirname(file))
  for (const directory of [...naming, join(dirname(volume), 'seatable-compose'), dirname(volume)]) {
    const files = await existing(composeNames.map((name) => join(directory, name)))
    if (files.length === 0) continue
    const compose: Compose = {
      project: null,
      directory,
      files: [...files, ...(await existing([join(directory, '.env')]))],
    }
    return { compose, why: `it belongs to ${volume}, and holds ${files.map((path) => basename(path)).join(', ')}` }
  }
  return null
}

const existing = async (paths: readonly string[]): Promise<string[]> => {
  const found: string[] = []
  for (const path of new Set(paths)) if (await isFile(path)) found.push(path)
  return found
}

const licenceName = 'seatable-license.txt'

/** The licence as the server sees it, else beside the data directory, where older manuals had it. */
export const findLicence = async (
  server: PlacedContainer | null,
  dataDir: string | null,
): Promise<FoundPath | null> => {
  const mounted = server === null ? null : hostPath(server, `/shared/seatable/${licenceName}`)
  if (mounted !== null && (await isFile(mounted))) {
    return { path: mounted, why: `it is ${server?.container.name}’s /shared/seatable/${licenceName}` }
  }
  for (const directory of dataDir === null ? [] : [dataDir, dirname(dataDir)]) {
    const path = join(directory, licenceName)
    if (await isFile(path)) return { path, why: `it lies in ${directory}` }
  }
  return null
}

/** Certificates: Caddy’s own data, and `ssl` in the volume of older servers. */
export const findCertificates = async (
  { containers }: HostContainers,
  server: PlacedContainer | null,
  dataDir: string | null,
): Promise<FoundPath[]> => {
  const found: FoundPath[] = []
  for (const placed of server === null ? [] : containers) {
    if (server === null || (!/^caddy/.test(imageOf(placed)) && roleNameOf(placed) !== 'caddy')) continue
    if (!isSameProject(placed, server) && sharedNetworks(placed, server).length === 0) continue
    const path = hostPath(placed, '/data/caddy')
    if (path !== null && (await isDirectory(path))) {
      found.push({ path, why: `${placed.container.name} mounts it at /data/caddy` })
    }
  }
  if (dataDir === null) return found
  const volume = dirname(dataDir)
  const [ssl, caddy] = [join(volume, 'ssl'), join(dirname(volume), 'caddy')]
  if (await isDirectory(ssl)) found.push({ path: ssl, why: `it lies in ${volume}` })
  if (found.length === 0 && (await isDirectory(join(caddy, 'certificates')))) {
    found.push({ path: caddy, why: `it lies beside ${volume}` })
  }
  return found
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
