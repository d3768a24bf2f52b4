import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { quoteText } from '../sql/quote.ts'
import { dumpVariables, type HostileVariable, hostileOf, type Variables } from './dump-variables.ts'

/** What keeps a dump of this server from being what the server holds; empty when nothing does. */
export interface HostileServer {
  readonly variables: readonly HostileVariable[]
  /** What the server runs at the beginning of the dump’s session, when it is more than settings; null otherwise. */
  readonly initConnect: string | null
}

const task = 'Dumping the databases'

/** Throws, before anything is dumped, when the server would give the dump program something else than it holds. */
export const refuseHostileServer = async (client: Client, signal?: AbortSignal): Promise<void> => {
  const found = whyNoDump(await askHostileServer(client, signal))
  if (found !== null)
    throw new UserError({ message: `${task}: ${found.message}`, hint: `Nothing was dumped. ${found.hint}` })
}

/** The same when a dump has ended: it was made by what was in force meanwhile. */
export const refuseHostileChange = async (client: Client, signal?: AbortSignal): Promise<void> => {
  const variables = hostileOf(await globalValues(client, signal), client.programs.flavour)
  const found = whyNoDump({ variables, initConnect: null })
  if (found !== null) {
    throw new UserError({
      message: `${task}: it changed meanwhile: ${found.message}`,
      hint: `Nothing was kept. ${found.hint}`,
    })
  }
}

/**
 * The session of the dump program begins with the global values, and with what `init_connect` does. So one of our own asks
 * for those, whom they cannot mislead, and then one that begins like the dump tells what it has got.
 */
export const askHostileServer = async (client: Client, signal?: AbortSignal): Promise<HostileServer> => {
  const program = client.programs.flavour
  const global = await globalValues(client, signal)
  const initConnect = await strangeInitConnect(client, global, signal)
  const variables = hostileOf(global, program)
  if (initConnect !== null || variables.length > 0) return { variables, initConnect }
  const session = await sessionValues(client, global, signal)
  return { variables: [...hostileOf(session, program), ...otherCharacters(session)], initConnect: null }
}

/** Says it for people; null when nothing is hostile. */
export const whyNoDump = ({
  variables,
  initConnect,
}: HostileServer): { readonly message: string; readonly hint: string } | null => {
  if (initConnect !== null) {
    return {
      message: `the server runs ${initConnect.slice(0, 200)} whenever this user connects (init_connect): what that does to a dump is not known`,
      hint: 'Use root, whom it does not concern, or have init_connect hold settings only (SET …).',
    }
  }
  if (variables.length === 0) return null
  return {
    message: variables
      .map(({ name, value, why }) => `the server’s ${name} is ${value === '' ? "''" : value}, which ${why}`)
      .join('; '),
    hint: `${variables.map(fix).join(' ')} Change it also where the server’s option files or its init_connect set it, then run again.`,
  }
}

const fix = ({ name, literal }: HostileVariable): string =>
  name === handshake
    ? 'Take skip-character-set-client-handshake out of the server’s option files.'
    : `SET GLOBAL ${name} = ${literal};`

/** A server that does not listen to the client about its character set reads the names of tables in another one. */
const handshake = 'character_set_client'

const otherCharacters = (session: Variables): HostileVariable[] => {
  const value = session.get(handshake) ?? ''
  if (value === 'utf8mb4') return []
  return [{ name: handshake, value, literal: 'utf8mb4', why: 'is not what the client asks for: names are misread' }]
}

const asked = [...dumpVariables.map(({ name }) => name), 'init_connect']

const globalValues = async (client: Client, signal: AbortSignal | undefined): Promise<Variables> => {
  const names = asked.map(quoteText).join(',')
  const rows = await client.ask(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`, {
    task: 'Asking for the variables of the server',
    signal,
  })
  return new Map(rows.map(([name = '', value = '']) => [name.toLowerCase(), value]))
}

const sessionValues = async (
  client: Client,
  global: Variables,
  signal: AbortSignal | undefined,
): Promise<Variables> => {
  const names = [...global.keys()].filter((name) => name !== 'init_connect')
  const sql = `SELECT ${[...names, handshake].map((name) => `@@session.${name}`).join(', ')}`
  const [row = []] = await client.untouched().query(sql, { task: 'Asking as the dump program would', signal })
  return new Map([...names, handshake].map((name, i) => [name, row[i] ?? '']))
}

/** Settings alone are seen in the session itself. */
const settingsOnly = /^\s*(?:set\s+(?!statement\b|password\b)[\w@.,=:+'\s-]+(?:;\s*|$))*$/i

const strangeInitConnect = async (
  client: Client,
  global: Variables,
  signal: AbortSignal | undefined,
): Promise<string | null> => {
  const value = global.get('init_connect') ?? ''
  if (settingsOnly.test(value)) return null
  const grants = await client.ask('SHOW GRANTS', { task: 'Asking what this user may do', signal })
  const isExempt = grants.some(([grant = '']) =>
    /^GRANT .*\b(?:ALL PRIVILEGES|SUPER|CONNECTION[_ ]ADMIN)\b.* ON \*\.\*/.test(grant),
  )
  return isExempt ? null : value
}
