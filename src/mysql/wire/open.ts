import { randomBytes } from 'node:crypto'
import { interruption } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { isServer, kindOf, programVersion, type ServerKind, serverVersion } from '../sql/server-version.ts'
import { fixSession } from './begin.ts'
import { connectTo } from './connect.ts'
import { CutStream, MalformedStream, ServerRefusal } from './malformed-stream.ts'
import { NotForeseen } from './not-foreseen.ts'
import type { WireSession } from './session.ts'

/** A session of our own on the server of a client, and the product whose dump program it stands in for. */
export interface OpenWire {
  readonly session: WireSession
  readonly product: ServerKind
}

/** Where rows were compared with those of the dump program: the server, and the program. */
const proven = { mariadb: '~10.5 || ~10.11 || ~11.4 || ~11.8', mysql: '~9.7' } as const

/**
 * Opens a session of our own on the very server that the client talks to, as the same account. Throws `NotForeseen` with the
 * reason when that cannot be, or when it is not known that this dump program writes rows as we do.
 */
export const openWire = async (client: Client, signal?: AbortSignal): Promise<OpenWire> => {
  const asking = { task: 'Looking for a way to the database', signal }
  const [[version = '', socket = '', account = ''] = [], [, cipher = ''] = []] = await client.query(
    "SELECT VERSION(), IFNULL(@@socket, ''), CURRENT_USER(); SHOW SESSION STATUS LIKE 'Ssl_cipher'",
    asking,
  )
  const product = kindOf(version)
  refuseUnproven(client, version)
  const reach = await client.reach({ socket, encrypted: cipher !== '' })
  if (typeof reach === 'string') throw new NotForeseen(reach)
  const session = await connectTo(reach, !isServer(programVersion(client.programs.version), 'mariadb', '>=11.4'))
  signal?.addEventListener('abort', () => session.close(), { once: true })
  try {
    await fixSession(session)
    // A lock that one session takes is seen by the other only where they have the same server.
    const lock = `seatable_restic_${randomBytes(12).toString('hex')}`
    const [taken] = await session.ask(`SELECT GET_LOCK('${lock}', 0), CONNECTION_ID(), CURRENT_USER()`)
    const [[holder = ''] = []] = await client.query(`SELECT IS_USED_LOCK('${lock}')`, asking)
    await session.ask(`DO RELEASE_LOCK('${lock}')`)
    const [, connection, ours] = (taken ?? []).map((value) => value?.toString('utf8'))
    if (connection === undefined || holder !== connection) throw new NotForeseen('what answers is another server')
    if (ours !== account) throw new NotForeseen(`the server takes us for ${ours} instead of ${account}`)
    return { session, product }
  } catch (error) {
    session.close()
    if (signal?.aborted) throw interruption('Dumping the databases')
    throw isOfTheStream(error) ? new NotForeseen(`its connection cannot be used: ${error.message}`) : error
  }
}

const isOfTheStream = (error: unknown): error is Error =>
  [CutStream, MalformedStream, ServerRefusal].some((kind) => error instanceof kind)

const refuseUnproven = ({ programs }: Client, version: string): void => {
  const kind = kindOf(version)
  const range = proven[kind]
  if (isServer(serverVersion(version), kind, range) && isServer(programVersion(programs.version), kind, range)) return
  throw new NotForeseen(`it was not tried with this server (${version}) and this dump program (${programs.version})`)
}
