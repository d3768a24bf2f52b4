import { readFile } from 'node:fs/promises'
import { type ConnectionSources, identityIn, type Option } from './connection-options.ts'
import type { Reach, ReachByTls, Reached } from './engine.ts'

const usualPort = 3306

/** How this process comes to the server that the clients of this host come to; or why it cannot. */
export const reachFromHost = async (
  sources: ConnectionSources,
  { socket, encrypted }: Reached,
): Promise<Reach | string> => {
  const { files, address } = sources
  const strange = files.find(({ name }) => !understood.test(name))
  if (strange !== undefined) return `the option files give ${strange.name}`
  const who = identityIn(sources)
  if (who === null) return 'the option files give more than one password'
  const identity = { user: who.user, password: who.password ?? '' }
  const given = (name: string): string | null => files.findLast((one) => one.name === name)?.value ?? null
  const isSet = address.host !== null || address.socket !== null
  const host = address.host ?? (isSet ? null : given('host')) ?? 'localhost'
  const protocol = isSet ? null : (given('protocol')?.toLowerCase() ?? null)
  if (protocol !== null && !/^(?:tcp|socket)$/.test(protocol)) return `the option files give the protocol ${protocol}`
  if (address.host === null && protocol !== 'tcp' && (host === 'localhost' || protocol === 'socket')) {
    const path = address.socket ?? (isSet ? null : given('socket')) ?? socket
    return path === '' ? 'the server has no socket' : { at: { socket: path }, tls: null, ...identity }
  }
  const port = address.port ?? Number((isSet ? null : given('port')) ?? usualPort)
  const tls = encrypted ? await tlsIn(files) : null
  return typeof tls === 'string' ? tls : { at: { host, port }, tls, ...identity }
}

/** What is read here, or says nothing of where the server is and whether it is believed. */
const understood =
  /^(?:(?:skip-)?(?:user|password[123]?)|host|port|socket|protocol|(?:skip-)?ssl(?:-ca|-cert|-key|-mode|-verify-server-cert)?|default-auth|plugin-dir)$/

const tlsIn = async (files: readonly Option[]): Promise<ReachByTls | string> => {
  const last = (name: string) => files.findLast((one) => one.name === name || one.name === `skip-${name}`)
  const read = async (name: string): Promise<string | null> => {
    const path = last(name)?.value ?? null
    return path === null || path === '' ? null : readFile(path, 'utf8')
  }
  const mode = last('ssl-mode')?.value?.toUpperCase() ?? ''
  const verify = last('ssl-verify-server-cert')
  const isVerified = verify?.name === 'ssl-verify-server-cert' && !/^(?:0|off|false)$/i.test(verify.value ?? '')
  try {
    const [ca, cert, key] = [await read('ssl-ca'), await read('ssl-cert'), await read('ssl-key')]
    if (ca === null && (isVerified || mode.startsWith('VERIFY'))) return 'the server is to be verified without its CA'
    return { ca, cert, key, verifyHost: isVerified || mode === 'VERIFY_IDENTITY' }
  } catch (error) {
    return `a file of the option files cannot be read: ${(error as NodeJS.ErrnoException).code}`
  }
}
