/**
 * What the clients' manuals call their environment variables (MySQL's "Environment Variables", MariaDB's "MariaDB
 * Environment Variables", the pages of the C libraries): none of a stranger's may tell our programs where to connect,
 * as whom, which files to read or what to load.
 */
export const clientVariables = [
  'MYSQL_HOST',
  'MYSQL_TCP_PORT',
  'MYSQL_UNIX_PORT',
  'MYSQL_PWD',
  'MYSQL_GROUP_SUFFIX',
  'MYSQL_HOME',
  'MARIADB_HOME',
  'MYSQL_PS1',
  'MYSQL_HISTFILE',
  'MYSQL_HISTIGNORE',
  'MYSQL_DEBUG',
  'MYSQL_TEST_LOGIN_FILE',
  'MYSQL_OPTION_TRACKER',
  'LIBMYSQL_PLUGINS',
  'LIBMYSQL_PLUGIN_DIR',
  'LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN',
  'MARIADB_PLUGIN_DIR',
  'MARIADB_TLS_DISABLE_PEER_VERIFICATION',
] as const

/** MySQL's clients read `.mylogin.cnf` whatever they are told, but for another name of it; nothing can have this one. */
export const noLoginFile = { MYSQL_TEST_LOGIN_FILE: '/dev/null/none' } as const

/** The environment without what would reach a client by it. */
export const clientEnvironment = (environment: Readonly<Record<string, string>>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(?:LIB)?(?:MYSQL|MARIADB)_/.test(name))),
  ...noLoginFile,
})
