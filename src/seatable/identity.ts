import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { coerce, gte, SemVer } from 'semver'
import { ContainerCli } from '../engines/container-cli.ts'
import { readConf } from './find/conf-files.ts'
import type { Installation } from './find/installation.ts'

/** `6.1.3` of what a server, a file or a tag says; null when it names no version. */
export const versionIn = (text: string): string | null => /^v?(\d+\.\d+(?:\.\d+)?)/.exec(text.trim())?.[1] ?? null

/** `seatable/seatable-enterprise:6.1.3` → `6.1.3`; null for `latest` and digests. */
export const versionOfImage = (image: string): string | null => {
  const tag = /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1]
  return tag === undefined ? null : versionIn(tag)
}

export const isSameOrNewer = (version: string, than: string): boolean => gte(numbersOf(version), numbersOf(than))

/** Zeros for what names no version. */
const numbersOf = (version: string): SemVer => coerce(versionIn(version)) ?? new SemVer('0.0.0')

/**
 * SeaTable alters its schema with the first two numbers of a version, and only there does its manual ask for a database
 * upgrade. Two versions that agree in them can take each other's data.
 */
export const hasSameSchema = (one: string, other: string): boolean => {
  const [a, b] = [numbersOf(one), numbersOf(other)]
  return a.major === b.major && a.minor === b.minor
}

/**
 * The version of the SeaTable that is installed: what the running server says, else its image's tag, else what its first
 * start wrote down. Null when none of them tells.
 */
export const findVersion = async (
  { server, dataDir }: Pick<Installation, 'server' | 'dataDir'>,
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string | null> => {
  const said = server?.container.running
    ? await askVersion(new ContainerCli(server.cli, environment), server.container.name, signal)
    : null
  return (
    said ?? versionOfImage(server?.container.image ?? '') ?? (dataDir === null ? null : readCurrentVersion(dataDir))
  )
}

/** What SeaTable’s web part tells of its version inside the container; null when it does not. */
export const askVersion = async (
  cli: ContainerCli,
  container: string,
  signal?: AbortSignal,
): Promise<string | null> => {
  const version = /"version"\s*:\s*"([^"]+)"/.exec(await askInside(cli, container, signal))?.[1]
  return version === undefined ? null : versionIn(version)
}

/** Whether SeaTable’s web part answers inside the container: with its version, or, when it is too old for that, at all. */
export const isAnswering = async (cli: ContainerCli, container: string, signal?: AbortSignal): Promise<boolean> =>
  /^HTTP\/\S+ [1-4]\d\d /.test(await askInside(cli, container, signal))

const askInside = async (cli: ContainerCli, container: string, signal: AbortSignal | undefined): Promise<string> => {
  const options = { timeout: 15_000, ...(signal ? { signal } : {}) }
  return (await cli.exec(container, ['bash', '-c', askServerInfo], options)).stdout
}

/** With nothing but the shell that SeaTable's own script needs. */
const askServerInfo = `exec 3<>/dev/tcp/127.0.0.1/8000 || exit 1
printf 'GET /server-info/ HTTP/1.0\\r\\nHost: 127.0.0.1:8000\\r\\n\\r\\n' >&3
timeout 10 cat <&3`

const readCurrentVersion = async (dataDir: string): Promise<string | null> =>
  versionIn(await readFile(join(dataDir, 'conf', 'current_version.txt'), 'utf8').catch(() => ''))

/** The address under which people reach this SeaTable, such as `https://seatable.example.com`; null when nothing tells. */
export const findServerUrl = async ({
  server,
  dataDir,
}: Pick<Installation, 'server' | 'dataDir'>): Promise<string | null> => {
  const ofContainer = server === null ? null : urlOfEnvironment(server.container.environment)
  return ofContainer ?? (dataDir === null ? null : urlOfConf(dataDir))
}

/** The variables of the compose files, of the newer ones first. */
export const urlOfEnvironment = (environment: Readonly<Record<string, string>>): string | null => {
  const { SEATABLE_SERVER_HOSTNAME: host, SEATABLE_SERVER_PROTOCOL: protocol } = environment
  return originOf(host ? `${protocol || 'https'}://${host}` : (environment.SEATABLE_SERVER_URL ?? ''))
}

/** Older installations have it in their files alone. */
const urlOfConf = async (dataDir: string): Promise<string | null> => {
  const settings = await readFile(join(dataDir, 'conf', 'dtable_web_settings.py'), 'utf8').catch(() => '')
  const ofWeb = /^\s*DTABLE_WEB_SERVICE_URL\s*=\s*['"]([^'"]*)['"]/m.exec(settings)?.[1]
  const ccnet = Object.values(await readConf(dataDir, 'ccnet.conf'))
  return originOf(ofWeb ?? '') ?? originOf(ccnet.find(({ service_url }) => service_url)?.service_url ?? '')
}

/** Without a name, a password or anything else that is not the address itself. */
const originOf = (text: string): string | null => {
  const url = URL.canParse(text) ? new URL(text) : null
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null
}
