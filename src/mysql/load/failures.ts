import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { serverSaid } from '../client/failures.ts'

interface Cause {
  readonly numbers: readonly number[]
  /** Global variables that may be why, told with their values. */
  readonly variables: readonly string[]
  readonly hint: string
}

const untilDone = 'until the restore is done'

/** Why a server does not take what it, or another, once had. */
const causes: readonly Cause[] = [
  {
    // 1290 names NO_ENGINE_SUBSTITUTION, without which another engine would be taken.
    numbers: [1286, 1290, 3161, 1289, 1178],
    variables: ['enforce_storage_engine', 'disabled_storage_engines', 'read_only'],
    hint: `The server does not take tables of this storage engine: load its plugin, or take the engine out of what is named here ${untilDone}.`,
  },
  {
    numbers: [1173, 3750],
    variables: ['innodb_force_primary_key', 'sql_require_primary_key'],
    hint: `The table has no primary key: turn off what is named here (SET GLOBAL) ${untilDone}, or give the table one before the next backup.`,
  },
  {
    numbers: [1071, 1118, 1709, 1031, 1478],
    variables: [
      'innodb_default_row_format',
      'innodb_page_size',
      'innodb_file_per_table',
      'innodb_read_only_compressed',
    ],
    hint: 'The table is larger than this server takes: set what is named here as it was where the table was made.',
  },
  {
    numbers: [3825, 3826, 3827, 3828, 3185, 1477, 1911],
    variables: ['default_table_encryption', 'table_encryption_privilege_check', 'innodb_encrypt_tables'],
    hint: 'The table is encrypted, or must be: give the server its keyring, or set what is named here as it was.',
  },
  {
    numbers: [1044, 1142, 1143],
    variables: [],
    hint: 'The definition names another database, and a load may touch nothing but its own. Restore that database with it, or change the definition before the next backup.',
  },
  {
    numbers: [1273, 1115, 1064, 1193, 4161, 1128, 1305],
    variables: [],
    hint: 'The server is of another version or kind than the one that was saved, and does not know this. Restore on a server like that one.',
  },
  {
    numbers: [1062, 1169, 1586, 1216, 1452, 3819, 4025, 1292, 1366, 1406, 1264, 3140],
    variables: [],
    hint: 'The rows were saved like this, and this server does not take them. Correct them where they are live, then back up again; or restore on a server like the one that was saved.',
  },
  {
    numbers: [3105, 6136],
    variables: [],
    hint: 'MariaDB’s dump program has saved what MySQL does not take: values of generated columns, or vectors as text. Install MySQL’s own client, then back up again.',
  },
  {
    numbers: [1114, 1021, 1030, 3, 28],
    variables: ['innodb_data_file_path', 'tmpdir', 'datadir'],
    hint: 'The server has no more room: free some where it keeps its tables.',
  },
]

/** A failure of a load with the reason in the server's own settings, and what to do; the same failure when none is known. */
export const withReason = async (client: Client, error: unknown): Promise<unknown> => {
  const said = serverSaid(error)
  const cause = causes.find(({ numbers }) => said?.number != null && numbers.includes(said.number))
  if (!(error instanceof UserError) || cause === undefined) return error
  const values = await valuesOf(client, cause.variables)
  const settings = values.map(([name, value]) => `${name} is ${value}`)
  const message = settings.length === 0 ? error.message : `${error.message} (${settings.join(', ')})`
  return new UserError({ message, hint: cause.hint, cause: error })
}

const valuesOf = async (client: Client, names: readonly string[]): Promise<string[][]> => {
  if (names.length === 0) return []
  const list = names.map((name) => `'${name}'`).join(', ')
  const rows = await client.ask(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${list})`).catch(() => [])
  return rows.filter(([, value = '']) => !/^(?:|OFF|NULL)$/.test(value))
}
