import type { Client, Question } from '../client/client.ts'

/** How the server is set up, as far as backups and restores care. */
export interface ServerState {
  /** What the server takes for now: milliseconds since 1970. */
  readonly clock: number
  readonly binaryLog: boolean
  readonly galera: boolean
  /** True when this server copies another. */
  readonly replica: boolean
  /** How many servers copy this one now. */
  readonly replicas: number
  /** Bytes of every database, its indexes included, as the server estimates them. */
  readonly bytes: ReadonlyMap<string, number>
}

const questions: readonly Question[] = [
  `SELECT 'clock', UNIX_TIMESTAMP(NOW(6))`,
  `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'wsrep_on')`,
  // Who copies whom is seen in the sessions, whatever the server calls it and whoever may ask for its state.
  `SELECT 'replicas', COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'`,
  `SELECT 'replica', COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'system user' AND COMMAND IN ('Slave_IO', 'Slave_SQL', 'Connect')`,
  `SELECT 'size', TABLE_SCHEMA, SUM(IFNULL(DATA_LENGTH, 0) + IFNULL(INDEX_LENGTH, 0)) FROM information_schema.TABLES WHERE TABLE_TYPE <> 'VIEW' GROUP BY TABLE_SCHEMA`,
]

/** Asks all of it in one session. What this user may not ask is taken for absent. */
export const readServerState = async (client: Client, signal?: AbortSignal): Promise<ServerState> => {
  const rows = await client.ask(questions, {
    task: 'Looking at the database server',
    force: true,
    ...(signal ? { signal } : {}),
  })
  const first = (name: string): string => rows.find((row) => row[0] === name && row.length === 2)?.[1] ?? ''
  return {
    clock: Number(first('clock')) * 1000,
    binaryLog: first('log_bin') === 'ON',
    galera: first('wsrep_on') === 'ON',
    replica: Number(first('replica')) > 0,
    replicas: Number(first('replicas')),
    bytes: new Map(
      rows.filter((row) => row[0] === 'size' && row.length === 3).map(([, name = '', bytes]) => [name, Number(bytes)]),
    ),
  }
}
