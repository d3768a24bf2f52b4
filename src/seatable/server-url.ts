import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Installation } from './find/installation.ts'

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
  const read = (name: string) => readFile(join(dataDir, 'conf', name), 'utf8').catch(() => '')
  const ofWeb = /^\s*DTABLE_WEB_SERVICE_URL\s*=\s*['"]([^'"]*)['"]/m.exec(await read('dtable_web_settings.py'))?.[1]
  const ofCcnet = /^\s*SERVICE_URL\s*=\s*(\S+)/m.exec(await read('ccnet.conf'))?.[1]
  return originOf(ofWeb ?? '') ?? originOf(ofCcnet ?? '')
}

/** Without a name, a password or anything else that is not the address itself. */
const originOf = (text: string): string | null => {
  const url = URL.canParse(text) ? new URL(text) : null
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null
}
