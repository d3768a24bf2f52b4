import { randomBytes } from 'node:crypto'
import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { askLoadingServer, type LoadingServer, refuseLoad } from '../server/loading-server.ts'
import { quoteName, quoteText } from '../sql/quote.ts'
import { newPassword } from './loader-password.ts'
import { refusal } from './refused-loader.ts'

/** A database that is made for a load, empty. */
export interface EmptyDatabase {
  readonly into: string
  readonly characterSet: string
  readonly collation: string
}

/** A user that has rights on nothing but the databases that are loaded. */
export interface Loader {
  readonly client: Client
  readonly server: LoadingServer
  drop(): Promise<void>
}

/** More clients than this share too little: what they wait for is the server’s log and its disk. */
export const mostClients = 4

const loaderPrefix = 'seatable_restic_load_'

const proofPrefix = 'seatable_restic_proof_'

const ofOurs = (prefix: string) => quoteText(`^${prefix}[0-9a-f]{8}$`)

/** Removes what an interruption has left of loads: sessions that still load, their users, and databases of proofs. */
export const dropLoaders = async (client: Client, databases: readonly string[] = []): Promise<void> => {
  // A killed client may have left a session that still loads.
  const left = await client.ask(
    [
      `SELECT 'session', ID FROM information_schema.PROCESSLIST WHERE USER REGEXP ${ofOurs(loaderPrefix)}`,
      `SELECT 'user', CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User REGEXP ${ofOurs(loaderPrefix)}`,
      `SELECT 'database', SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME REGEXP ${ofOurs(proofPrefix)}`,
    ],
    { task: 'Looking for what an earlier restore has left' },
  )
  const leftOf = (kind: string) => left.flatMap(([of, value = '']) => (of === kind ? [value] : []))
  const sessions = leftOf('session')
  if (sessions.length > 0) {
    const task = 'Ending sessions of an earlier restore'
    await client.query(sessions.map((id) => `KILL ${id}`).join(';\n'), { task, force: true })
  }
  const removals = [
    ...[...databases, ...leftOf('database')].map((name) => `DROP DATABASE IF EXISTS ${quoteName(name)}`),
    ...leftOf('user').map((user) => `DROP USER IF EXISTS ${user}`),
  ]
  if (removals.length > 0) await client.query(removals.join(';\n'), { task: 'Removing aside databases' })
}

/**
 * Makes a user that may fill these databases and nothing else, proves that it is let in, and then makes the databases:
 * those that exist are dropped, once nothing hinders the load any more. Throws a `UserError` that names what of the server
 * does.
 */
export const createLoader = async (client: Client, databases: readonly EmptyDatabase[]): Promise<Loader> => {
  await dropLoaders(client)
  const server = await askLoadingServer(client)
  refuseLoad(server)
  const name = `${loaderPrefix}${randomBytes(4).toString('hex')}`
  const user = `'${name}'@${quotedHost(server.host)}`
  const password = newPassword()
  const drop = async () => {
    await client.query(`DROP USER IF EXISTS ${user}`, { task: 'Removing the loading user' })
  }
  const credentials = { user: name, password }
  try {
    await letIn(client, client.as(credentials), server, user, password)
    const mayRestricted = !server.isMariaDb && (await maySetRestricted(client, user))
    const loading = client.as(credentials, { purpose: 'load', mayRestricted })
    await client.query(
      databases
        .flatMap(({ into, characterSet, collation }) => [
          `DROP DATABASE IF EXISTS ${quoteName(into)}`,
          `CREATE DATABASE ${quoteName(into)} CHARACTER SET ${characterSet} COLLATE ${collation}`,
          `GRANT ${loaderRights} ON ${grantedName(into, server)}.* TO ${user}`,
        ])
        .join(';\n'),
      { task: 'Preparing aside databases' },
    )
    return { client: loading, server, drop }
  } catch (error) {
    await drop().catch(() => {})
    throw error
  }
}

/**
 * Does on this server what a load does, and takes it back: makes the user and an empty database, comes in, fills a table.
 * Throws a `UserError` that names what of the server hinders it. To be called before anything is fetched.
 */
export const proveLoader = async (client: Client): Promise<void> => {
  const into = `${proofPrefix}${randomBytes(4).toString('hex')}`
  try {
    const loader = await createLoader(client, [{ into, characterSet: 'utf8mb4', collation: 'utf8mb4_general_ci' }])
    const table = `${quoteName(into)}.proof`
    const rows = await loader.client
      .query(
        `CREATE TABLE ${table} (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO ${table} VALUES (1); SELECT COUNT(*) FROM ${table}`,
      )
      .catch((error: Error) => {
        throw refusal(error, loader.server)
      })
    if (rows.at(-1)?.[0] !== '1') {
      throw new UserError({
        message:
          'Nothing can be loaded into this server: a row that a user of our own wrote was not there for its next statement',
        hint: 'Look at init_connect and autocommit of the server, then run again.',
      })
    }
    await client.query(`DROP DATABASE ${quoteName(into)}`, { task: 'Removing an aside database' })
    await loader.drop()
  } catch (error) {
    // What cannot be removed now is removed by the next load, and is not what went wrong.
    await dropLoaders(client, [into]).catch(() => {})
    throw error
  }
}

/** Tries the ways to know a user by its password until one lets it in: not every client speaks all of them on every line. */
const letIn = async (
  client: Client,
  loading: Client,
  server: LoadingServer,
  user: string,
  password: string,
): Promise<void> => {
  let first: UserError | null = null
  for (const identified of waysToIdentify(server)) {
    try {
      await client.query(
        [
          // Else MariaDB could make a password that no client sends any more.
          ...(server.isMariaDb ? ['SET SESSION old_passwords = 0'] : []),
          `DROP USER IF EXISTS ${user}`,
          `CREATE USER ${user} ${identified} '${password}' WITH MAX_USER_CONNECTIONS ${mostClients + 1}`,
        ].join(';\n'),
        { task: 'Making the user that loads' },
      )
      const [[current = ''] = []] = await loading.query('SELECT CURRENT_USER()', {
        task: 'Letting in the user that loads',
      })
      if (current.startsWith(loaderPrefix)) return
      throw new UserError({
        message: `Another user is taken for the one that loads: ${current}`,
        hint: 'Drop that user, then run again.',
      })
    } catch (error) {
      first ??= refusal(error as Error, server)
    }
  }
  if (first !== null) throw first
}

/** Some variables of MySQL may be set by an administrator alone, who can let another do it, if he may do that. */
const maySetRestricted = (client: Client, user: string): Promise<boolean> =>
  client
    .query(`GRANT SESSION_VARIABLES_ADMIN ON *.* TO ${user}`, { task: 'Letting the user that loads set variables' })
    .then(
      () => true,
      () => false,
    )

/** The default of MySQL is what the server’s settings say, which may be a plugin that knows no passwords. */
const waysToIdentify = ({ isMariaDb, logins }: LoadingServer): string[] =>
  isMariaDb
    ? ['IDENTIFIED BY']
    : ['caching_sha2_password', 'mysql_native_password', 'sha256_password']
        .filter((plugin) => logins.includes(plugin))
        .map((plugin) => `IDENTIFIED WITH ${plugin} BY`)

const loaderRights = 'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES'

const quotedHost = (host: string): string => `'${host.replaceAll("'", "''")}'`

/** In a GRANT `_` and `%` are wildcards in a database’s name, unless MySQL has partial revokes: then nothing is one. */
const grantedName = (name: string, { variables }: LoadingServer): string =>
  variables.get('partial_revokes') === 'ON'
    ? quoteName(name)
    : quoteName(name).replaceAll('_', '\\_').replaceAll('%', '\\%')
