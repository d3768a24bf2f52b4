import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { UserError } from '../errors.ts'
import { type Client, quoteName, quoteText } from './client.ts'
import { clientFailure } from './failures.ts'

/** One dump to load aside. Sizes in bytes. */
export interface DumpToLoad {
  readonly name: string
  /** The database that it is loaded into; it must not exist. */
  readonly into: string
  readonly path: string
  readonly characterSet: string
  readonly collation: string
  /** Up to here there are tables and rows; what follows is created after the swap, never aside. */
  readonly objectsOffset: number
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
}

const loaderPrefix = 'seatable_restic_load_'

/** Removes databases that were loaded aside, and loading users that an interruption has left. */
export const dropAside = async (client: Client, databases: readonly string[]): Promise<void> => {
  const pattern = quoteText(`^${loaderPrefix}[0-9a-f]{8}$`)
  // A killed client may have left a session that still loads.
  const sessions = await client.query(`SELECT ID FROM information_schema.PROCESSLIST WHERE USER REGEXP ${pattern}`, {
    task: 'Looking for sessions of an earlier restore',
  })
  if (sessions.length > 0) {
    const task = 'Ending sessions of an earlier restore'
    await client.query(sessions.map(([id]) => `KILL ${id}`).join(';\n'), { task, force: true })
  }
  const users = await client.query(
    `SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User REGEXP ${pattern}`,
    { task: 'Looking for users of an earlier restore' },
  )
  await client.query(
    [
      ...databases.map((name) => `DROP DATABASE IF EXISTS ${quoteName(name)}`),
      ...users.map(([user]) => `DROP USER IF EXISTS ${user}`),
    ].join(';\n'),
    { task: 'Removing aside databases' },
  )
}

/**
 * Loads dumps into empty databases beside the live ones, by a user that has rights on nothing else, and counts the
 * rows of every table. `onProgress` gets the bytes sent so far. The caller drops the aside databases on failure.
 */
export const loadAside = async (
  client: Client,
  dumps: readonly DumpToLoad[],
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (bytes: number) => void },
): Promise<void> => {
  await dropAside(
    client,
    dumps.map(({ into }) => into),
  )
  const loader = await createLoader(client, dumps)
  try {
    let before = 0
    for (const dump of dumps) {
      await load(loader.client, dump, signal, (bytes) => onProgress?.(before + bytes))
      before += dump.objectsOffset
      await refuseMissingRows(loader.client, dump)
    }
  } finally {
    await loader.drop()
  }
}

const createLoader = async (client: Client, dumps: readonly DumpToLoad[]) => {
  const task = 'Preparing aside databases'
  const password = randomBytes(24).toString('hex')
  const name = `${loaderPrefix}${randomBytes(4).toString('hex')}`
  // The server knows a user by the host it comes from, so the loader is made for the host that we are seen as.
  const [[host = 'localhost'] = []] = await client.query(`SELECT SUBSTRING_INDEX(USER(), '@', -1)`, { task })
  const user = `'${name}'@${quotedHost(host)}`
  await client.query(
    [
      ...dumps.map(
        (dump) =>
          `CREATE DATABASE ${quoteName(dump.into)} CHARACTER SET ${dump.characterSet} COLLATE ${dump.collation}`,
      ),
      `CREATE USER ${user} IDENTIFIED BY '${password}'`,
      ...dumps.map((dump) => `GRANT ${loaderRights} ON ${grantPattern(dump.into)}.* TO ${user}`),
    ].join(';\n'),
    { task },
  )
  return {
    client: client.as({ user: name, password }),
    drop: async () => {
      await client.query(`DROP USER IF EXISTS ${user}`, { task: 'Removing the loading user' })
    },
  }
}

const loaderRights = 'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES'

const quotedHost = (host: string): string => `'${host.replaceAll("'", "''")}'`

/** In a GRANT, `_` and `%` in a database's name are wildcards. */
const grantPattern = (name: string): string => quoteName(name).replaceAll('_', '\\_').replaceAll('%', '\\%')

const load = async (
  client: Client,
  { name, into, path, objectsOffset }: DumpToLoad,
  signal: AbortSignal | undefined,
  onProgress: (bytes: number) => void,
): Promise<void> => {
  const task = `Loading ${name} aside`
  const running = await client.start('client', [`--database=${into}`], signal ? { signal } : {})
  const file = createReadStream(path, { end: objectsOffset - 1, highWaterMark: 256 * 1024 })
  let sent = 0
  file.on('data', (chunk) => {
    sent += chunk.length
    onProgress(sent)
  })
  // A client that fails closes its stdin: its exit code, not the broken pipe, tells why.
  const broken = await pipeline(file, running.stdin).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  )
  for await (const _ of running.stdout) {
    // Nothing is asked, so nothing is said.
  }
  const ended = await running.ended
  if (ended.aborted) throw new UserError(`${task}: interrupted`, 'Nothing live was touched. Run again.', 130)
  if (ended.exitCode !== 0) throw clientFailure(task, client.place, ended)
  if (broken !== null) {
    throw new UserError(`${task}: ${broken.message}`, 'Nothing live was touched. Run again.', 1, { cause: broken })
  }
}

/** The client’s exit code is not enough: every table must be there with every row. */
const refuseMissingRows = async (client: Client, { name, into, tables }: DumpToLoad): Promise<void> => {
  if (tables.length === 0) return
  const aside = quoteName(into)
  const counted = await client.query(
    tables.map((table) => `SELECT COUNT(*) FROM ${aside}.${quoteName(table.name)}`).join(';\n'),
    { task: `Counting the rows of ${name}` },
  )
  tables.forEach((table, index) => {
    const rows = Number(counted[index]?.[0])
    if (rows === table.rows) return
    throw new UserError(
      `After loading, ${name}.${table.name} has ${rows} rows instead of ${table.rows}`,
      'Nothing live was touched. Look at the database server’s log, then run again.',
    )
  })
}
