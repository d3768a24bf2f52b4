/**
 * One variable that every session of ours sets to a literal: `= DEFAULT` would take the server’s global value, which
 * somebody else has chosen.
 */
export interface FixedVariable {
  readonly name: string
  /** SQL. */
  readonly literal: string
  /** The first version that knows it, as in `/*M!100502`; 0 for all that we support, null when the product has none. */
  readonly mariadb: number | null
  /** As in `/*!80030`. */
  readonly mysql: number | null
  /** Only for sessions that load. */
  readonly loadOnly?: true
  /** Where only some users may set it. */
  readonly restricted?: readonly ('mariadb' | 'mysql')[]
  /** What another value would do to us. */
  readonly why: string
}

const both = { mariadb: 0, mysql: 0 } as const

const ofMariadb = (mariadb = 0) => ({ mariadb, mysql: null }) as const

const ofMysql = (mysql = 0) => ({ mariadb: null, mysql }) as const

/**
 * The sql_mode of a load: a row with the number 0 keeps it, dates that no calendar has stay as they are (else they would
 * become zero without an error), no other engine is taken for one that is not there, and no row that is old enough is
 * refused.
 */
export const loadingMode = "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'"

/** What a session that loads sets after the settings of the dump, which know only the first of these modes. */
export const modesOfLoad = {
  /** MySQL would cut a key that is too long, and say nothing. */
  definitions: `SET SESSION sql_mode = ${loadingMode.replace(/'$/, ",STRICT_ALL_TABLES'")}`,
  rows: `SET SESSION sql_mode = ${loadingMode}`,
} as const

/** In the order in which they are set. Names and ranges are those of the servers’ manuals. */
export const fixedVariables: readonly FixedVariable[] = [
  { ...both, name: 'autocommit', literal: '1', why: 'without it nothing that is changed is kept' },
  {
    ...both,
    name: 'sql_mode',
    literal: "'NO_ENGINE_SUBSTITUTION'",
    why: 'it decides how SQL is read (ANSI_QUOTES, PIPES_AS_CONCAT, NO_BACKSLASH_ESCAPES), how definitions are written, and what is refused',
  },
  {
    ...both,
    name: 'character_set_client',
    literal: 'utf8mb4',
    why: 'a server with skip-character-set-client-handshake reads our names in its own character set',
  },
  { ...both, name: 'character_set_results', literal: 'utf8mb4', why: 'names would come back as question marks' },
  { ...both, name: 'collation_connection', literal: 'utf8mb4_general_ci', why: 'it decides which texts are equal' },
  { ...both, name: 'sql_select_limit', literal: '18446744073709551615', why: 'it cuts every answer' },
  // Setting it turns sql_big_selects off, which therefore comes after it.
  { ...both, name: 'max_join_size', literal: '18446744073709551615', why: 'it refuses questions to the catalogue' },
  { ...both, name: 'sql_big_selects', literal: '1', why: 'it refuses questions to the catalogue' },
  { ...both, name: 'sql_safe_updates', literal: '0', why: 'it refuses changes, and in MySQL limits answers' },
  { ...both, name: 'sql_auto_is_null', literal: '0', why: 'IS NULL would find the row that was inserted last' },
  { ...both, name: 'sql_quote_show_create', literal: '1', why: 'definitions would come without quotes around names' },
  { ...both, name: 'sql_buffer_result', literal: '0', why: 'MySQL writes it into the definitions of views' },
  { ...both, name: 'foreign_key_checks', literal: '1', why: 'whoever needs it off says so where it is needed' },
  { ...both, name: 'unique_checks', literal: '1', why: 'whoever needs it off says so where it is needed' },
  { ...both, name: 'group_concat_max_len', literal: '16777216', why: 'it cuts lists of names' },
  { ...both, name: 'time_zone', literal: "'+00:00'", why: 'times are read and written in it' },
  {
    ...both,
    name: 'lc_messages',
    literal: "'en_US'",
    why: 'what must not be repeated is cut out of messages by their English words',
  },
  { ...both, name: 'lc_time_names', literal: "'en_US'", why: 'generated columns may hold names of days' },
  { ...both, name: 'default_week_format', literal: '0', why: 'generated columns may hold numbers of weeks' },
  { ...both, name: 'div_precision_increment', literal: '4', why: 'generated columns may hold quotients' },
  { ...both, name: 'completion_type', literal: '0', why: 'COMMIT would begin another transaction, or end the session' },
  { ...both, name: 'max_sort_length', literal: '8388608', why: 'long values that begin alike come in any order' },
  // After max_sort_length, whose values it has to hold.
  { ...both, name: 'sort_buffer_size', literal: '2097152', why: 'it refuses questions that need sorting' },
  { ...both, name: 'net_read_timeout', literal: '3600', why: 'the server would leave while we read a file' },
  { ...both, name: 'net_write_timeout', literal: '3600', why: 'the server would leave while we write a file' },
  { ...both, name: 'wait_timeout', literal: '28800', why: 'the server would leave a session that waits for another' },
  { ...both, name: 'innodb_lock_wait_timeout', literal: '50', why: 'it ends changes of rows' },
  { ...both, name: 'default_storage_engine', literal: "'InnoDB'", why: 'tables of ours would be of another kind' },
  { ...both, name: 'default_tmp_storage_engine', literal: "'InnoDB'", why: 'tables of ours would be of another kind' },
  { ...both, name: 'keep_files_on_create', literal: '0', why: 'a table would fail on a file that an old one has left' },
  { ...ofMysql(), name: 'max_execution_time', literal: '0', why: 'it ends questions' },
  { ...ofMysql(), name: 'information_schema_stats_expiry', literal: '0', why: 'sizes would be those of yesterday' },
  { ...ofMysql(), name: 'show_create_table_verbosity', literal: '0', why: 'definitions would hold what nobody wrote' },
  {
    ...ofMysql(80_030),
    name: 'show_gipk_in_create_table_and_information_schema',
    literal: '1',
    why: 'columns of the server’s own invisible primary keys would be hidden',
  },
  { ...ofMariadb(), name: 'max_statement_time', literal: '0', why: 'it ends questions and loads' },
  {
    ...ofMariadb(),
    name: 'idle_transaction_timeout',
    literal: '0',
    why: 'the server would end a transaction that waits',
  },
  {
    ...ofMariadb(),
    name: 'idle_readonly_transaction_timeout',
    literal: '0',
    why: 'the server would end a transaction that waits',
  },
  {
    ...ofMariadb(),
    name: 'idle_write_transaction_timeout',
    literal: '0',
    why: 'the server would end a transaction that waits',
  },
  // There is no other word for it: here DEFAULT means the present, whatever the global value is.
  { ...ofMariadb(), name: 'system_versioning_asof', literal: 'DEFAULT', why: 'every question would be about the past' },
  { ...ofMariadb(), name: 'default_regex_flags', literal: "''", why: 'it decides what a pattern finds' },
  { ...ofMariadb(), name: 'sql_if_exists', literal: '0', why: 'what is not there would be no error' },
  {
    ...ofMariadb(100_601),
    name: 'old_mode',
    literal: "'UTF8_IS_UTF8MB3'",
    why: 'it decides which character set “utf8” in an old definition means',
  },
  { ...ofMariadb(), name: 'alter_algorithm', literal: "'DEFAULT'", why: 'it refuses changes of tables' },
  {
    ...ofMariadb(),
    name: 'max_session_mem_used',
    literal: '9223372036854775807',
    why: 'it ends questions and loads',
  },
  { ...ofMariadb(), name: 'tmp_disk_table_size', literal: '18446744073709551615', why: 'it ends large questions' },
  {
    ...both,
    name: 'sql_mode',
    literal: loadingMode,
    loadOnly: true,
    why: 'a row with the number 0 would get another, a date that no calendar has would become zero',
  },
  {
    ...both,
    name: 'innodb_strict_mode',
    literal: '0',
    loadOnly: true,
    restricted: ['mysql'],
    why: 'it refuses tables that older servers have made',
  },
  {
    ...ofMysql(),
    name: 'explicit_defaults_for_timestamp',
    literal: '1',
    loadOnly: true,
    restricted: ['mysql'],
    why: 'columns of times would get defaults that nobody wrote',
  },
  {
    ...ofMariadb(100_804),
    name: 'explicit_defaults_for_timestamp',
    literal: '1',
    loadOnly: true,
    why: 'columns of times would get defaults that nobody wrote',
  },
  {
    ...ofMysql(80_013),
    name: 'sql_require_primary_key',
    literal: '0',
    loadOnly: true,
    restricted: ['mysql'],
    why: 'it refuses tables without a primary key',
  },
  {
    ...ofMysql(80_030),
    name: 'sql_generate_invisible_primary_key',
    literal: '0',
    loadOnly: true,
    restricted: ['mysql'],
    why: 'tables would get a column that they did not have',
  },
  {
    ...ofMysql(80_400),
    name: 'restrict_fk_on_non_standard_key',
    literal: '0',
    loadOnly: true,
    restricted: ['mysql'],
    why: 'it refuses foreign keys that older servers have made',
  },
  {
    ...ofMariadb(),
    name: 'enforce_storage_engine',
    literal: 'NULL',
    loadOnly: true,
    restricted: ['mariadb'],
    why: 'it refuses tables, or makes them of another kind',
  },
  {
    ...ofMariadb(),
    name: 'check_constraint_checks',
    literal: '0',
    loadOnly: true,
    why: 'it refuses rows that are older than a constraint',
  },
  {
    ...ofMariadb(),
    name: 'innodb_compression_default',
    literal: '0',
    loadOnly: true,
    why: 'tables would be compressed that were not',
  },
  {
    ...ofMariadb(101_100),
    name: 'system_versioning_insert_history',
    literal: '0',
    loadOnly: true,
    why: 'the times of a history are the server’s own',
  },
  {
    ...ofMariadb(110_201),
    name: 'character_set_collations',
    literal: "''",
    loadOnly: true,
    why: 'it decides which collation a definition without one means',
  },
]
