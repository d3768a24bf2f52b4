interface LoadingVariable {
  readonly name: string
  /** A literal: `DEFAULT` would take the global value. */
  readonly value: string
  /** MySQL lets only who has SESSION_VARIABLES_ADMIN set it. */
  readonly restricted?: true
}

/**
 * What the sessions that load set, where the server knows it, besides what every session of ours begins with: a saved table
 * comes back as it is, also where today's settings would not let it be made, or would make another of it.
 */
export const loadingVariables: readonly LoadingVariable[] = [
  // Rows are kept without a COMMIT.
  { name: 'autocommit', value: '1' },
  // Rows that are larger than today's limit, and attributes that today's file format ignores (errors 1118, 1478, 1031).
  { name: 'innodb_strict_mode', value: '0', restricted: true },
  // A table without a primary key (error 3750); one that is made up would change its definition.
  { name: 'sql_require_primary_key', value: '0', restricted: true },
  { name: 'sql_generate_invisible_primary_key', value: '0', restricted: true },
  // A TIMESTAMP without NULL or a default would get other ones.
  { name: 'explicit_defaults_for_timestamp', value: '1', restricted: true },
  // Rows that broke a constraint when it was added without being checked.
  { name: 'check_constraint_checks', value: '0' },
  // The statement that loads a large row, or builds an index, is not cut off.
  { name: 'max_statement_time', value: '0' },
  // `DEFAULT CHARSET=utf8mb4` without a collation means what it meant when it was written.
  { name: 'character_set_collations', value: "''" },
  // A table that does not say so is not compressed.
  { name: 'innodb_compression_default', value: '0' },
]

/**
 * The sql_mode of a load: identifiers of zero stay zero, dates that no calendar has stay as they are (else they would become
 * zero without an error), and no other engine is taken for one that is not there.
 */
export const loadingMode = "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'"

/** The statements that a session that loads begins with, after those of the dump itself. `mayAll`: also what is restricted. */
export const loadingSession = (settable: ReadonlySet<string>, mayAll: boolean): string[] => [
  loadingMode,
  'SET SESSION TRANSACTION READ WRITE',
  ...loadingVariables
    .filter(({ name, restricted }) => settable.has(name) && (mayAll || restricted === undefined))
    .map(({ name, value }) => `SET SESSION ${name} = ${value}`),
]
