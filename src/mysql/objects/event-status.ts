/**
 * Where the server that shows an event says whether it runs: `ON COMPLETION [NOT] PRESERVE ENABLE`, before any text of
 * the event’s own. Source: MariaDB’s and MySQL’s manual, SHOW CREATE EVENT.
 */
const status = /( ON COMPLETION (?:NOT )?PRESERVE )(ENABLE|DISABLE ON (?:SLAVE|REPLICA)|DISABLE)(?=\s)/

/** The same event as one that never runs; null where it is not said how it is, and then it might run. */
export const asDisabled = (create: string): string | null =>
  status.test(create) ? create.replace(status, '$1DISABLE') : null

/** `DISABLE ON SLAVE`, for example; `ENABLE` where nothing is said. */
export const statusOf = (create: string): string => status.exec(create)?.[2] ?? 'ENABLE'

/** The same event with the status of another one. */
export const withStatusOf = (create: string, other: string): string => create.replace(status, `$1${statusOf(other)}`)
