/** What a stranger has made of a server or of a machine, one thing at a time: of the kinds that change what is read or loaded. */
export interface HostileConfiguration {
  readonly name: string
  /** SQL for root, before. */
  readonly server?: readonly string[]
  /** In `~/.my.cnf` of whoever runs the client. */
  readonly optionFile?: string
  /** In the environment of the client. */
  readonly environment?: Readonly<Record<string, string>>
  /** The words of the refusal of a dump; without, it must be exact. */
  readonly refused?: RegExp
  /** The words of the refusal of a load, before any row; without, what is loaded is exact. */
  readonly loadRefused?: RegExp
  /** True when it concerns only users that are not root: the cycle is that of such a user. */
  readonly lesserUser?: true
}

/** `[group] lines` of an option file that no program of ours may follow. */
export const hostileOptions: readonly string[] = [
  '[mysqldump]\nno-data',
  '[mysqldump]\nwhere=1=0',
  '[mariadb-dump]\nignore-table-data=ccnet_db.EmailUser',
  '[mysqldump]\nignore-table=dtable_db.dtables',
  '[mysqldump]\nadd-drop-database',
  '[mysqldump]\nskip-triggers\nskip_routines\ndisable-events',
  '[client]\nloose-no-create-info\nloose_skip_hex_blob=1',
  '[mysqldump]\nresult-file=/tmp/seatable-restic-hostile-result.sql\ntab=/tmp',
  '[mysqldump]\ncompatible=ansi\nskip-quote-names\ncompact\nxml',
  '[mysqldump]\ninsert-ignore\nreplace\ncomplete-insert\nskip-opt',
  '[mysqldump]\nhost=127.0.0.1\nport=1\nprotocol=tcp\nuser=nobody',
  '[client]\ndefault-character-set=latin1',
  '[mysql]\ntable\nvertical\nhtml\nxml\nforce',
  '[mysql]\ninit-command=SET SESSION sql_select_limit=1',
  '[client]\ninit-command=SET SESSION sql_select_limit=1',
  '[mysqldump]\ninit-command=SET SESSION sql_select_limit=1\ninit-command-add=SET SESSION sql_mode=ANSI',
  '[mysql]\nselect_limit=1\nsafe-updates\nmax_join_size=1',
  '[mysql]\ndatabase=mysql\ndelimiter=//\nline-numbers=0\nexecute=SELECT 1',
  '[client]\nno-such-option=1',
  '[mysql]\nno-such-option-either',
  'there is no group here',
  '[client]\nmax-allowed-packet=4096\nnet-buffer-length=4096\ncompress',
]

export const hostileEnvironments: readonly Readonly<Record<string, string>>[] = [
  { MYSQL_HOST: '127.0.0.1', MYSQL_TCP_PORT: '1' },
  { MYSQL_UNIX_PORT: '/nowhere.sock' },
  { MYSQL_GROUP_SUFFIX: '_hostile' },
  { MYSQL_PWD: 'wrong' },
  { MYSQL_HOME: '/tmp', MARIADB_HOME: '/tmp' },
  { LIBMYSQL_PLUGINS: 'no_such_plugin', MARIADB_PLUGIN_DIR: '/nowhere' },
]

/** A global variable, a hostile value as SQL, and the words of the refusal where a dump is refused. */
export const hostileVariables: readonly (readonly [name: string, value: string, refused?: RegExp])[] = [
  ['sql_select_limit', '3', /sql_select_limit is 3, which cuts every table/],
  ['system_versioning_asof', "'2001-01-01 00:00:00'", /system_versioning_asof is 2001-01-01 00:00:00\S*, which/],
  ['sql_quote_show_create', '0', /sql_quote_show_create is OFF/],
  ['sql_buffer_result', '1', /sql_buffer_result is ON/],
  ['max_sort_length', '64', /max_sort_length is 64/],
  ['max_join_size', '1', /max_join_size is 1/],
  ['max_session_mem_used', '65536', /max_session_mem_used is 65536/],
  ['tmp_disk_table_size', '1024', /tmp_disk_table_size is 1024/],
  ['sort_buffer_size', '1024', /sort_buffer_size is 1024/],
  ['sort_buffer_size', '1025', /sort_buffer_size is 1025/],
  ['net_write_timeout', '1', /net_write_timeout is 1/],
  ['idle_transaction_timeout', '1', /idle_transaction_timeout is 1/],
  ['wait_timeout', '1', /wait_timeout is 1/],
  ['sql_mode', "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE'"],
  ['sql_mode', "'ORACLE'"],
  ['autocommit', '0'],
  ['max_statement_time', '0.001'],
  ['tx_isolation', "'READ-UNCOMMITTED'"],
  ['tx_read_only', '1'],
  ['completion_type', "'RELEASE'"],
  ['time_zone', "'-11:00'"],
  ['lc_messages', "'de_DE'"],
  ['group_concat_max_len', '4'],
  ['default_storage_engine', "'MEMORY'"],
  ['foreign_key_checks', '0'],
  ['check_constraint_checks', '1'],
  ['innodb_strict_mode', '1'],
  ['innodb_compression_default', '1'],
  ['explicit_defaults_for_timestamp', '0'],
  ['old_mode', "''"],
  ['alter_algorithm', "'INSTANT'"],
  ['sql_if_exists', '1'],
  ['sql_auto_is_null', '1'],
  ['default_week_format', '7'],
  ['auto_increment_increment', '7'],
  ['character_set_server', "'ucs2'"],
  ['max_error_count', '0'],
]

const named = ([name, value, refused]: (typeof hostileVariables)[number]): HostileConfiguration => ({
  name: `SET GLOBAL ${name} = ${value}`,
  server: [`SET GLOBAL ${name} = ${value}`],
  ...(refused === undefined ? {} : { refused }),
})

const oneLine = (text: string): string => text.replaceAll('\n', ' ')

/** All of the above, and what a server does to users that are not root. */
export const hostileConfigurations: readonly HostileConfiguration[] = [
  ...hostileOptions.map((optionFile) => ({ name: `option file ${oneLine(optionFile)}`, optionFile })),
  ...hostileEnvironments.map((environment) => ({
    name: `environment ${Object.keys(environment).join(', ')}`,
    environment,
    // A suffix would have these groups read as well.
    ...('MYSQL_GROUP_SUFFIX' in environment
      ? { optionFile: '[mysqldump_hostile]\nno-data\n[mysql_hostile]\ntable' }
      : {}),
  })),
  ...hostileVariables.map(named),
  {
    name: 'init_connect that only sets what we set',
    server: ["SET GLOBAL init_connect = 'SET NAMES latin1; SET sql_mode = ''ANSI'', autocommit = 0'"],
    lesserUser: true,
    refused: /character_set_client is latin1/,
  },
  {
    name: 'init_connect that cuts answers',
    server: ["SET GLOBAL init_connect = 'SET SESSION sql_select_limit = 2'"],
    lesserUser: true,
    refused: /sql_select_limit is 2/,
  },
  {
    name: 'init_connect that makes a table of the same name',
    server: ["SET GLOBAL init_connect = 'CREATE TEMPORARY TABLE ccnet_db.EmailUser (a int)'"],
    lesserUser: true,
    refused: /runs CREATE TEMPORARY TABLE ccnet_db\.EmailUser \(a int\) whenever this user connects \(init_connect\)/,
  },
  {
    name: 'init_connect that concerns the loading user, and not root',
    server: ["SET GLOBAL init_connect = 'CREATE TEMPORARY TABLE ccnet_db.EmailUser (a int)'"],
    loadRefused: /init_connect/,
  },
]
