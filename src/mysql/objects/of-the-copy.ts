/**
 * The server says these of what is not there, or not allowed, for somebody at some place: a copy has another name, and
 * neither the rights of a definer nor another database need reach it. Nothing else depends on the place. Source:
 * MariaDB’s and MySQL’s lists of server errors.
 */
const ofTheCopy: ReadonlySet<number> = new Set([
  1044, // ER_DBACCESS_DENIED_ERROR
  1049, // ER_BAD_DB_ERROR
  1054, // ER_BAD_FIELD_ERROR
  1109, // ER_UNKNOWN_TABLE
  1142, // ER_TABLEACCESS_DENIED_ERROR
  1143, // ER_COLUMNACCESS_DENIED_ERROR
  1146, // ER_NO_SUCH_TABLE
  1305, // ER_SP_DOES_NOT_EXIST
  1327, // ER_SP_UNDECLARED_VAR
  1345, // ER_VIEW_NO_EXPLAIN
  1356, // ER_VIEW_INVALID
  1363, // ER_TRG_NO_SUCH_ROW_IN_TRG
  1370, // ER_PROCACCESS_DENIED_ERROR
  1630, // ER_FUNC_INEXISTENT_NAME_COLLISION
  4091, // ER_UNKNOWN_SEQUENCES (MariaDB)
])

/** Whether an error of the server may come from the copy alone. */
export const isOfTheCopy = (error: number): boolean => ofTheCopy.has(error)
