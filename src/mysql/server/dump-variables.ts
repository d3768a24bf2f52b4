type Product = 'mariadb' | 'mysql'

/** Global values, by their names in lower case. */
export type Variables = ReadonlyMap<string, string>

/**
 * A variable that changes what the dump program reads or writes: it begins its sessions with the global value, and takes
 * no commands of ours. What it sets itself is not here (sql_mode, time_zone, the level of isolation, the character set
 * of results; MariaDB's max_statement_time and wait_timeout; MySQL's information_schema_stats_expiry and net timeouts).
 */
export interface DumpVariable {
  readonly name: string
  /** `program` is the product of the dump program. */
  readonly isHostile: (value: string, program: Product) => boolean
  /** SQL, a literal: what to set it to. */
  readonly literal: string
  /** What it would do to a dump, as the end of a sentence. */
  readonly why: string
}

const mib = 1024 ** 2
/** A number may be larger than what is exact here; limits are far from there. */
const below = (limit: number) => (value: string) => Number(value) < limit
const isOn = (value: string) => /^(?:on|1|yes)$/i.test(value)
const isOff = (value: string) => /^(?:off|0|no)$/i.test(value)
const endsIdle = (seconds: number) => (value: string) => Number(value) > 0 && Number(value) < seconds

export const dumpVariables: readonly DumpVariable[] = [
  {
    name: 'sql_select_limit',
    isHostile: below(2 ** 63),
    literal: '18446744073709551615',
    why: 'cuts every table after so many rows',
  },
  {
    name: 'system_versioning_asof',
    isHostile: (value) => value !== 'DEFAULT' && value !== '',
    literal: 'DEFAULT',
    why: 'has the dump read tables as they were in the past',
  },
  {
    name: 'show_gipk_in_create_table_and_information_schema',
    isHostile: isOff,
    literal: 'ON',
    why: 'hides the columns of invisible primary keys',
  },
  {
    name: 'show_create_table_verbosity',
    isHostile: isOn,
    literal: 'OFF',
    why: 'writes into definitions what nobody has set',
  },
  {
    name: 'show_create_table_skip_secondary_engine',
    isHostile: isOn,
    literal: 'OFF',
    why: 'leaves the secondary engine out of definitions',
  },
  {
    name: 'sql_quote_show_create',
    isHostile: isOff,
    literal: 'ON',
    why: 'leaves names in definitions without quotes',
  },
  {
    name: 'sql_buffer_result',
    isHostile: isOn,
    literal: 'OFF',
    why: 'becomes part of the definitions of views (MySQL)',
  },
  {
    name: 'max_sort_length',
    isHostile: below(1024),
    literal: '1024',
    why: 'sorts rows by the first bytes of their key only, so that two dumps of the same rows differ',
  },
  {
    name: 'max_join_size',
    isHostile: below(2 ** 32),
    literal: '18446744073709551615',
    why: 'refuses what the dump asks',
  },
  {
    name: 'max_execution_time',
    isHostile: (value) => Number(value) > 0,
    literal: '0',
    why: 'ends the reading of a large table',
  },
  {
    // MariaDB’s own dump program sets it.
    name: 'max_statement_time',
    isHostile: (value, program) => program === 'mysql' && Number(value) > 0,
    literal: '0',
    why: 'ends the reading of a large table',
  },
  {
    name: 'max_session_mem_used',
    // Above what is signed, the server takes it for a negative number.
    isHostile: (value) => Number(value) < 64 * mib || BigInt(value) > 9_223_372_036_854_775_807n,
    literal: '9223372036854775807',
    why: 'refuses what the dump asks',
  },
  {
    name: 'tmp_disk_table_size',
    isHostile: below(64 * mib),
    literal: '18446744073709551615',
    why: 'refuses what the dump asks',
  },
  {
    name: 'max_tmp_session_space_usage',
    isHostile: endsIdle(64 * mib),
    literal: '0',
    why: 'refuses what the dump asks',
  },
  {
    name: 'sort_buffer_size',
    isHostile: below(32 * 1024),
    literal: '2097152',
    why: 'is too little for the questions of the dump',
  },
  {
    name: 'net_write_timeout',
    isHostile: (value, program) => program === 'mariadb' && Number(value) < 10,
    literal: '60',
    why: 'ends the dump when a disk is slow for a moment',
  },
  ...['idle_transaction_timeout', 'idle_readonly_transaction_timeout'].map((name) => ({
    name,
    isHostile: endsIdle(30),
    literal: '0',
    why: 'ends the transaction of the dump while it waits for a slow disk',
  })),
  {
    name: 'wait_timeout',
    isHostile: below(30),
    literal: '28800',
    why: 'ends the session of the dump while it waits for a slow disk',
  },
  {
    name: 'use_secondary_engine',
    isHostile: (value) => value.toUpperCase() === 'FORCED',
    literal: 'ON',
    why: 'refuses to read tables that are in no secondary engine',
  },
  {
    name: 'wsrep_dirty_reads',
    isHostile: isOn,
    literal: 'OFF',
    why: 'has the dump read a node that its cluster has left behind',
  },
  {
    name: 'redirect_url',
    isHostile: (value) => value !== '',
    literal: "''",
    why: 'sends the dump program to another server',
  },
]

export interface HostileVariable {
  readonly name: string
  readonly value: string
  readonly literal: string
  readonly why: string
}

/** Those whose global value would change a dump; what this server does not know is none. */
export const hostileOf = (variables: Variables, program: Product): HostileVariable[] =>
  dumpVariables.flatMap(({ name, isHostile, literal, why }) => {
    const value = variables.get(name)
    if (value === undefined || !isHostile(value, program)) return []
    return [{ name, value, literal, why }]
  })
