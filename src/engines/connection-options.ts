import type { Credentials } from './engine.ts'

/** An option of an option file; a null `value` is an option that stands alone. */
export interface Option {
  readonly name: string
  readonly value: string | null
}

/**
 * All that a stranger's option file may tell our programs: how to connect and how to authenticate. What is not here
 * stays out: it would change what they read, write or print, or only how (`compress`, `connect-timeout`). Names of both
 * products' manuals ("Command Options for Connecting to the Server", "Connection Options").
 */
const connecting = [
  ...['host', 'port', 'socket', 'protocol'],
  // An account may be bound to the address that one comes from.
  'bind-address',
  ...['ssl', 'ssl-ca', 'ssl-capath', 'ssl-cert', 'ssl-cipher', 'ssl-crl', 'ssl-crlpath', 'ssl-key', 'ssl-mode'],
  ...['ssl-verify-server-cert', 'ssl-fips-mode', 'ssl-fp', 'ssl-fplist', 'ssl-session-data'],
  ...['ssl-session-data-continue-on-failed-reuse', 'tls-version', 'tls-ciphersuites', 'tls-sni-servername'],
  ...['plugin-dir', 'default-auth', 'enable-cleartext-plugin', 'get-server-public-key', 'server-public-key-path'],
  ...['authentication-oci-client-config-profile', 'oci-config-file', 'plugin-authentication-kerberos-client-mode'],
  ...['authentication-openid-connect-client-id-token-file', 'plugin-authentication-webauthn-client-preserve-privacy'],
  ...['plugin-authentication-webauthn-device', 'authentication-kerberos-client-mode'],
]
const identifying = ['user', 'password', 'password1', 'password2', 'password3']
const letThrough = [...connecting, ...identifying]

/** Only some programs know them, and who gave them in a group of all clients wrote them for those. */
const known = /^(?:user|password|host|port|socket|protocol|ssl|tls)/

/** What decides whether the value of an option is `false`, before its name. */
const negations = /^(?:skip|disable)-/

/**
 * Reads what `my_print_defaults` prints. A value with a line break cannot be told from two lines: what does not look
 * like an option is left out.
 */
export const readPrinted = (text: string): Option[] =>
  text.split('\n').flatMap((line) => {
    const [, name, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(line) ?? []
    return name === undefined ? [] : [{ name, value: value ?? null }]
  })

/**
 * The options that are let through, with their whole names, in the order in which they were given. Option files may
 * write a name with underscores, with prefixes that change its meaning, or only its beginning, as long as it is
 * unambiguous; an ambiguous one stays as it is, and the program refuses it by that name.
 */
export const connectionOptions = (options: readonly Option[]): Option[] =>
  options.flatMap(({ name: written, value }) => {
    const plain = written.replaceAll('_', '-').replace(/^loose-/, '')
    const exact = nameOf(plain)
    const [prefix = ''] = exact === null ? (/^(?:skip|disable|enable|maximum|autoset)-/.exec(plain) ?? []) : []
    const name = exact ?? nameOf(plain.slice(prefix.length))
    if (name === null || prefix === 'maximum-' || prefix === 'autoset-') return []
    return [{ name: negations.test(prefix) ? `skip-${name}` : name, value }]
  })

const nameOf = (name: string): string | null => {
  if (letThrough.includes(name)) return name
  const longer = name === '' ? [] : letThrough.filter((one) => one.startsWith(name))
  // `passw` begins four names, and means the one that all programs know.
  const [only] = longer.length > 1 && longer.includes('password') ? ['password'] : longer
  return longer.length === 0 ? null : longer.length === 1 || only === 'password' ? (only ?? null) : name
}

export interface Address {
  readonly host: string | null
  readonly port: number | null
  readonly socket: string | null
}

/** Where the settings say that the server is; all null when they say nothing. */
export const nowhere: Address = { host: null, port: null, socket: null }

export interface ConnectionSources {
  /** What is let through of the option files. */
  readonly files: readonly Option[]
  readonly credentials: Credentials
  readonly address: Address
  /** Whose name and password an option file gives when no password is known: its own, or only those of `credentials.user`. */
  readonly anyUser: boolean
}

/**
 * The only option file that our programs read. What the settings say comes last, and wins; a host is always named, or
 * `MYSQL_HOST` and its like would name one. One group for both programs: they must not talk to two servers.
 */
export const optionFileOf = ({ files, credentials, address, anyUser }: ConnectionSources): string => {
  const { user, password } = credentials
  const given = password === null ? ofUser(files, user, anyUser) : files.filter(({ name }) => !isIdentity(name))
  const here = address.host !== null || address.socket !== null
  const options: Option[] = [
    { name: 'host', value: 'localhost' },
    ...(password === null && anyUser ? [{ name: 'user', value: user }] : []),
    ...given.filter(({ name }) => !here || !['host', 'port', 'socket', 'protocol'].includes(name)),
    ...(password === null && anyUser ? [] : [{ name: 'user', value: user }]),
    ...(password === null ? [] : [{ name: 'password', value: password }]),
    ...(address.host === null ? [] : [option('host', address.host), option('protocol', 'tcp')]),
    ...(address.port === null ? [] : [option('port', String(address.port))]),
    ...(address.socket === null ? [] : [option('socket', address.socket)]),
  ]
  return ['[client]', ...options.map(lineOf), ''].join('\n')
}

const option = (name: string, value: string): Option => ({ name, value })

const isIdentity = (name: string): boolean => /^(?:skip-)?(?:user|password[123]?)$/.test(name)

/** A password belongs to the user that stands beside it. */
const ofUser = (files: readonly Option[], user: string, anyUser: boolean): readonly Option[] => {
  const theirs = files.findLast(({ name }) => name === 'user')?.value ?? null
  return anyUser || theirs === null || theirs === user ? files : files.filter(({ name }) => !isIdentity(name))
}

/** Who the client says it is with these options; a null password is none. Null: by more than one password. */
export const identityIn = ({ files, credentials, anyUser }: Omit<ConnectionSources, 'address'>): Credentials | null => {
  if (credentials.password !== null) return credentials
  const given = ofUser(files, credentials.user, anyUser).filter(({ name }) => isIdentity(name))
  if (given.some(({ name }) => /password[23]/.test(name))) return null
  const last = (name: RegExp) => given.findLast((one) => name.test(one.name))
  return {
    user: (anyUser ? last(/^user$/)?.value : null) ?? credentials.user,
    password: last(/password1?$/)?.value ?? null,
  }
}

const lineOf = ({ name, value }: Option): string => {
  const plain = name.replace(negations, '')
  const sure = known.test(plain) || !letThrough.includes(plain) ? name : `loose-${name}`
  return value === null ? sure : `${sure}=${quoted(value)}`
}

/** An option file's own quoting: quotes keep `#` and spaces, a backslash is doubled, a line break has its letter. */
const quoted = (value: string): string => `"${value.replace(/[\\"\n\r\t]/g, (character) => escapes[character] ?? '')}"`

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
