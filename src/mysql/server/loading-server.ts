import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { kindOf } from '../sql/server-version.ts'

/** What of a server decides whether a user made for it can load. */
export interface LoadingServer {
  readonly isMariaDb: boolean
  /** The host that the server sees us come from: it knows a user by that. */
  readonly host: string
  /** Global variables, by their names in lower case; what this server does not know is absent. */
  readonly variables: ReadonlyMap<string, string>
  /** How many sessions there are now. */
  readonly sessions: number
  /** Its ways to know a user by a password, as they call themselves. */
  readonly logins: readonly string[]
  /** Its plugins that judge passwords (MariaDB). */
  readonly passwordChecks: readonly string[]
}

const asked = [
  'authentication_policy',
  'disabled_storage_engines',
  'enforce_storage_engine',
  'init_connect',
  'innodb_force_recovery',
  'innodb_read_only',
  'max_connections',
  'offline_mode',
  'partial_revokes',
  'read_only',
  'require_secure_transport',
  'super_read_only',
  'thread_pool_size',
]

const listOf = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')

/** Asks all of it in one session; nothing is written. */
export const askLoadingServer = async (client: Client, signal?: AbortSignal): Promise<LoadingServer> => {
  const rows = await client.ask(
    [
      `SELECT 'server', @@version, SUBSTRING_INDEX(USER(), '@', -1)`,
      `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${listOf(asked)}) OR Variable_name LIKE 'validate\\_password%' OR Variable_name LIKE 'simple\\_password\\_check%'`,
      `SHOW GLOBAL STATUS LIKE 'Threads_connected'`,
      `SELECT 'plugin', PLUGIN_TYPE, PLUGIN_NAME FROM information_schema.PLUGINS WHERE PLUGIN_STATUS = 'ACTIVE' AND PLUGIN_TYPE IN ('AUTHENTICATION', 'PASSWORD VALIDATION')`,
    ],
    { task: 'Asking what a load meets', ...(signal ? { signal } : {}) },
  )
  const [, version = '', host = 'localhost'] =
    rows.find(([kind, ...rest]) => kind === 'server' && rest.length === 2) ?? []
  const variables = new Map(
    rows.filter((row) => row.length === 2).map(([name = '', value = '']) => [name.toLowerCase(), value]),
  )
  const plugins = (type: string) =>
    rows.filter((row) => row.length === 3 && row[0] === 'plugin' && row[1] === type).map(([, , name = '']) => name)
  return {
    isMariaDb: kindOf(version) === 'mariadb',
    host,
    variables,
    sessions: Number(variables.get('threads_connected') ?? 0),
    logins: plugins('AUTHENTICATION'),
    passwordChecks: plugins('PASSWORD VALIDATION'),
  }
}

interface Hindrance {
  readonly variable: string
  readonly hinders: (value: string) => boolean
  readonly why: string
  readonly hint: string
}

const isOn = (value: string): boolean => !/^(?:OFF|0|)$/i.test(value)

const writable = 'SET GLOBAL read_only = OFF'

/** Settings under which nobody but a superuser, or nobody at all, may write or come in. */
const hindrances: readonly Hindrance[] = [
  {
    variable: 'super_read_only',
    hinders: isOn,
    why: 'nobody may write',
    hint: `Restore on the server that this one copies, or: SET GLOBAL super_read_only = OFF; ${writable}.`,
  },
  {
    // MariaDB 12 has more values than two, and under each of them a user without READ ONLY ADMIN may not write.
    variable: 'read_only',
    hinders: isOn,
    why: 'only administrators may write, and rows are loaded by a user that is none',
    hint: `Restore on the server that this one copies, or: ${writable}.`,
  },
  {
    variable: 'innodb_read_only',
    hinders: isOn,
    why: 'nobody may write',
    hint: 'Start the server without innodb_read_only.',
  },
  {
    variable: 'innodb_force_recovery',
    hinders: (value) => Number(value) > 0,
    why: 'InnoDB takes no rows',
    hint: 'Start the server without innodb_force_recovery, if its data allows it, or restore on another server.',
  },
  {
    variable: 'offline_mode',
    hinders: isOn,
    why: 'only administrators may come in, and rows are loaded by a user that is none',
    hint: 'SET GLOBAL offline_mode = OFF.',
  },
]

/** Of the password of the user that loads. */
export const ofEachKind = 16
export const passwordLength = 4 * ofEachKind

/** The most that a setting of a password policy may ask for; infinite for every other setting. */
const asksFor = (name: string): number => {
  if (/^(?:validate_password.length|validate_password_length|simple_password_check_minimal_length)$/.test(name)) {
    return passwordLength
  }
  return /^(?:validate_password.\w+_count|simple_password_check_(?:digits|letters_same_case|other_characters))$/.test(
    name,
  )
    ? ofEachKind
    : Number.POSITIVE_INFINITY
}

/** Why nothing could be loaded into this server as it is set up, and what to do; null when nothing is known to hinder it. */
export const whyNoLoad = ({ variables }: LoadingServer): { readonly message: string; readonly hint: string } | null => {
  for (const { variable, hinders, why, hint } of hindrances) {
    const value = variables.get(variable)
    if (value !== undefined && hinders(value)) return { message: `${variable} is ${value}: ${why}`, hint }
  }
  for (const [name, value] of variables) {
    if (!(Number(value) > asksFor(name))) continue
    const message = `${name} is ${value}, and the user that loads has a password of ${passwordLength} characters, ${ofEachKind} of each kind`
    return { message, hint: 'Loosen that policy.' }
  }
  return null
}

/** Refuses a server whose settings are known to stop a load, before anything is done. */
export const refuseLoad = (server: LoadingServer): void => {
  const found = whyNoLoad(server)
  if (found !== null)
    throw new UserError({ message: `Nothing can be loaded into this server: ${found.message}`, hint: found.hint })
}
