import { expect, test } from 'vitest'
import { clientEnvironment } from '../../src/engines/client-environment.ts'
import { connectionOptions, nowhere, optionFileOf, readPrinted } from '../../src/engines/connection-options.ts'

const linesOf = (printed: string, { user = 'root', password = null as string | null, anyUser = true } = {}) =>
  optionFileOf({
    files: connectionOptions(readPrinted(printed)),
    credentials: { user, password },
    address: nowhere,
    anyUser,
  })
    .trim()
    .split('\n')

test.each([
  ['--socket=/run/mysqld/mysqld.sock', 'socket="/run/mysqld/mysqld.sock"'],
  ['--pass=a "b" \\ #c', 'password="a \\"b\\" \\\\ #c"'],
  ['--ssl_ca=/etc/ca.pem', 'ssl-ca="/etc/ca.pem"'],
  ['--skip-ssl', 'skip-ssl'],
  ['--disable_ssl_verify_server_cert', 'skip-ssl-verify-server-cert'],
  ['--loose-ssl-mode=REQUIRED', 'ssl-mode="REQUIRED"'],
  ['--enable-cleartext-plugin', 'loose-enable-cleartext-plugin'],
  ['--loose_enable_ssl', 'ssl'],
  ['--ssl-c=ambiguous', 'ssl-c="ambiguous"'],
  ['--plugin_dir=/usr/lib/plugin', 'loose-plugin-dir="/usr/lib/plugin"'],
])('%s of an option file is let through as %s', (printed, line) => {
  expect(linesOf(printed)).toEqual(['[client]', 'host="localhost"', 'user="root"', line])
})

test.each([
  '--no-data',
  '--no_data=1',
  '--skip-quick',
  '--where=id < 3',
  '--loose-ignore-table-data=a.b',
  '--add-drop-database',
  '--table',
  '--init-command=SET sql_select_limit = 1',
  '--default-character-set=latin1',
  '--maximum-max-allowed-packet=1K',
  '--connect-timeout=1',
  '--result-file=/tmp/x',
  '--pager=less',
  '--force',
  '--tee=/tmp/x',
  'a line without an option',
])('%s of an option file is left out', (printed) => {
  expect(linesOf(printed)).toEqual(['[client]', 'host="localhost"', 'user="root"'])
})

test('what the settings say comes last, and without a password an option file names the user', () => {
  const printed = '--user=theirs\n--password=secret'
  expect(linesOf(printed)).toEqual([
    '[client]',
    'host="localhost"',
    'user="root"',
    'user="theirs"',
    'password="secret"',
  ])
  expect(linesOf(printed, { password: 'ours' })).toEqual([
    '[client]',
    'host="localhost"',
    'user="root"',
    'password="ours"',
  ])
})

test('in a container the password of another user is not taken for that of ours', () => {
  const printed = (user: string) => `--user=${user}\n--password=secret\n--ssl`
  const none = ['[client]', 'host="localhost"', 'ssl', 'user="root"']
  expect(linesOf(printed('health'), { anyUser: false })).toEqual(none)
  expect(linesOf(printed('root'), { anyUser: false })).toContain('password="secret"')
})

test('a socket of the settings goes before a host of an option file', () => {
  const text = optionFileOf({
    files: connectionOptions(readPrinted('--host=elsewhere\n--protocol=tcp\n--port=1\n--ssl-ca=/ca')),
    credentials: { user: 'root', password: null },
    address: { host: null, port: null, socket: '/s' },
    anyUser: true,
  })
  expect(text).toBe('[client]\nhost="localhost"\nuser="root"\nssl-ca="/ca"\nsocket="/s"\n')
})

test('no variable of a client reaches it, and no login file', () => {
  const env = {
    PATH: '/bin',
    MYSQL_HOST: 'h',
    MARIADB_PLUGIN_DIR: 'p',
    LIBMYSQL_PLUGINS: 'l',
    HOME: '/root',
    MYSQLX: '1',
  }
  expect(clientEnvironment(env)).toEqual({
    PATH: '/bin',
    HOME: '/root',
    MYSQLX: '1',
    MYSQL_TEST_LOGIN_FILE: '/dev/null/none',
  })
})
