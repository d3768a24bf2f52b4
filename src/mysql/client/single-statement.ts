import { randomBytes } from 'node:crypto'
import { isServer, serverVersion } from '../sql/server-version.ts'
import type { Client } from './client.ts'

/** Wraps a statement for the input of a client, so that it reaches the server whole and by itself. */
export type StatementWrapper = (statement: Buffer) => Buffer

/**
 * MariaDB prepares every statement since 10.6.2 (its release notes, MDEV-16708), and what is prepared is one statement or
 * an error: whatever the client or the server may see in the text, no second one runs. Elsewhere it stands behind a
 * delimiter that nobody could foresee, and `refuseSeveral` has to come before it.
 */
export const statementWrapperFor = async (client: Client): Promise<StatementWrapper> => {
  const [[version = ''] = []] = await client.ask('SELECT VERSION()')
  return isServer(serverVersion(version), 'mariadb', '>=10.6.2') ? prepared : delimited
}

export const prepared: StatementWrapper = (statement) =>
  Buffer.from(`EXECUTE IMMEDIATE 0x${statement.toString('hex')};\n`)

/** The client takes 15 characters for a delimiter. */
const delimited: StatementWrapper = (statement) => {
  const delimiter = `//${randomBytes(6).toString('hex')}`
  return Buffer.concat([
    Buffer.from(`DELIMITER ${delimiter}\n`),
    statement,
    Buffer.from(`\n${delimiter}\nDELIMITER ;\n`),
  ])
}
