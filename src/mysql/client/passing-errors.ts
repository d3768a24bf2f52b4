/** Errors that say nothing of the statement: a lock, the connection, a server that has no room or is going down. */
export const isPassing = (number: number): boolean => (number >= 2000 && number < 3000) || passing.has(number)

const passing: ReadonlySet<number> = new Set([
  1021, // ER_DISK_FULL
  1026, // ER_ERROR_ON_WRITE
  1030, // ER_GET_ERRNO
  1037, // ER_OUTOFMEMORY
  1038, // ER_OUT_OF_SORTMEMORY
  1040, // ER_CON_COUNT_ERROR
  1041, // ER_OUT_OF_RESOURCES
  1045, // ER_ACCESS_DENIED_ERROR
  1053, // ER_SERVER_SHUTDOWN
  1114, // ER_RECORD_FILE_FULL
  1205, // ER_LOCK_WAIT_TIMEOUT
  1213, // ER_LOCK_DEADLOCK
  1317, // ER_QUERY_INTERRUPTED
  1836, // ER_READ_ONLY_MODE
  1927, // ER_CONNECTION_KILLED (MariaDB)
  1969, // ER_STATEMENT_TIMEOUT (MariaDB)
  3024, // ER_QUERY_TIMEOUT (MySQL)
])
