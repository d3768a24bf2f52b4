import type { Sql } from '../../fixture/sql.ts'
import type { Hostile } from './configuration.ts'

/** What ends or fails every session, or writes to the disk of this machine: no server has it. */
const notTried = new Set([
  // The next session cannot authenticate, ours or anybody else’s.
  'connect_timeout',
  // Names of plugins and of debug builds.
  'debug',
  'debug_sync',
])

/** Text that a server takes, by the name of the variable; the catalogue knows ranges of numbers and enumerations only. */
const texts: Readonly<Record<string, readonly string[]>> = {
  character_set_client: ["'latin1'", "'sjis'"],
  character_set_connection: ["'latin1'"],
  character_set_database: ["'latin1'"],
  character_set_filesystem: ["'utf8mb4'"],
  character_set_results: ["'latin1'", "'ucs2'", 'NULL'],
  character_set_server: ["'latin1'", "'utf16'"],
  collation_connection: ["'latin1_swedish_ci'", "'utf8mb4_bin'"],
  collation_database: ["'latin1_swedish_ci'"],
  collation_server: ["'latin1_swedish_ci'", "'utf8mb4_bin'"],
  default_regex_flags: ["'DOTALL'"],
  default_storage_engine: ["'MyISAM'", "'MEMORY'"],
  default_tmp_storage_engine: ["'MyISAM'"],
  enforce_storage_engine: ["'MyISAM'"],
  lc_messages: ["'de_DE'", "'ja_JP'"],
  lc_time_names: ["'de_DE'"],
  system_versioning_asof: ["'2001-01-01'"],
  time_zone: ["'+13:00'", "'-11:30'"],
  init_connect: [],
}

interface SystemVariable {
  readonly name: string
  readonly type: string
  readonly value: string
  readonly least: string
  readonly greatest: string
  readonly choices: readonly string[]
}

/** Every variable that a session takes over from the server, each with values that it does not have. */
export const hostileVariables = async (sql: Sql): Promise<Hostile[]> => {
  const rows = await sql(
    `SELECT VARIABLE_NAME, VARIABLE_TYPE, GLOBAL_VALUE, NUMERIC_MIN_VALUE, NUMERIC_MAX_VALUE, ENUM_VALUE_LIST
     FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_SCOPE = 'SESSION' AND READ_ONLY = 'NO' ORDER BY 1`,
  )
  const variables = rows.map(([name = '', type = '', value = '', least = '', greatest = '', choices = '']) => ({
    name: name.toLowerCase(),
    type,
    value,
    least,
    greatest,
    choices: choices === 'NULL' ? [] : choices.split(','),
  }))
  return variables
    .filter(({ name }) => !notTried.has(name))
    .flatMap((variable) =>
      valuesOf(variable).map((value) => ({ kind: 'variable', name: variable.name, value }) as const),
    )
}

const valuesOf = (variable: SystemVariable): readonly string[] => {
  const { name, type, value, least, greatest, choices } = variable
  const given = texts[name]
  if (given !== undefined) return given
  switch (type) {
    case 'BOOLEAN':
      return [value === 'ON' ? '0' : '1']
    case 'ENUM':
      return choices.filter((choice) => choice !== value).map(quoted)
    case 'FLAGSET':
      return choices
        .filter((choice) => choice !== 'default')
        .map((choice) => quoted(`${choice}=${isOn(value, choice) ? 'off' : 'on'}`))
    case 'SET':
      return choices.map((choice) => quoted(toggled(value, choice)))
    case 'VARCHAR':
      return []
    default:
      return [...new Set([least, `${Number(least) + 1}`, '100', greatest])].filter(
        (number) => number !== value && /^[\d.-]+$/.test(number),
      )
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const isOn = (value: string, choice: string): boolean => value.split(',').includes(`${choice}=on`)

const toggled = (value: string, choice: string): string => {
  const chosen = value.split(',').filter((one) => one !== '')
  return (chosen.includes(choice) ? chosen.filter((one) => one !== choice) : [...chosen, choice]).join(',')
}
