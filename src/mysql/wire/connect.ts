import type { Socket } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { ConnectionConfig } from 'mariadb'
import type { Reach, ReachByTls } from '../../engines/engine.ts'
import { NotForeseen } from './not-foreseen.ts'
import { SocketSession, type WireSession } from './session.ts'

const answerMs = 10_000

/** Of these none sends a password that can be read. */
const plugins = [
  'mysql_native_password',
  'caching_sha2_password',
  'sha256_password',
  'client_ed25519',
  'parsec',
  'unix_socket',
  'auth_socket',
]

const extendedMetadata = 1n << 35n

/** The library that authenticates, as far as its types do not tell it. */
interface Authenticated {
  readonly __tests: { getSocket(): Socket }
  readonly info: { readonly serverCapabilities: bigint }
}

/**
 * Connects, has the library authenticate, and takes the socket from it: its own way of reading rows makes an object of every
 * value. Throws `NotForeseen` when the server does not let us in. `believing`: the client takes a certificate of anybody, where no
 * authority is given.
 */
export const connectTo = async (address: Reach, believing = false): Promise<WireSession> => {
  const { createConnection } = await import('mariadb')
  const silent = () => {}
  const options = {
    ...('socket' in address.at ? { socketPath: address.at.socket } : { host: address.at.host, port: address.at.port }),
    user: address.user,
    password: address.password,
    ...(address.tls === null ? {} : { ssl: tlsOf(address, address.tls, believing) }),
    connectTimeout: answerMs,
    compress: false,
    permitRedirect: false,
    permitLocalInfile: false,
    bulk: false,
    keepEof: true,
    restrictedAuth: plugins,
    logger: { network: silent, query: silent, error: silent, warning: silent },
  }
  const connection = await createConnection(options as ConnectionConfig).catch((error: Error) => {
    throw new NotForeseen(`its server does not let us in: ${whyNot(error)}`)
  })
  const { __tests, info } = connection as unknown as Authenticated
  const socket = __tests.getSocket()
  for (const event of ['data', 'error', 'end', 'timeout']) socket.removeAllListeners(event)
  return new SocketSession(socket, (info.serverCapabilities & extendedMetadata) !== 0n)
}

/** In one line, and without the statement or the options that the library adds. */
const whyNot = (error: Error): string => {
  const { sqlMessage } = error as { sqlMessage?: string }
  return (sqlMessage ?? error.message).split('\n')[0]?.slice(0, 200) ?? ''
}

const tlsOf = ({ at }: Reach, { ca, verifyHost, cert, key }: ReachByTls, believing: boolean) => ({
  rejectUnauthorized: ca !== null || !believing,
  ...(ca === null ? {} : { ca, checkServerIdentity: identityOf(verifyHost && 'host' in at ? at.host : null) }),
  ...(cert === null ? {} : { cert }),
  ...(key === null ? {} : { key }),
})

/** By the name that was asked for: where that is an address the library asks for another one. */
const identityOf =
  (host: string | null) =>
  (_host: string, certificate: PeerCertificate): Error | undefined =>
    host === null ? undefined : checkServerIdentity(host, certificate)
