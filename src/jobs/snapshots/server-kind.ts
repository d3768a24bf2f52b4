import { exitCodes, UserError } from '../../errors.ts'
import { nameOfKind, relationOf, serverVersion } from '../../mysql/sql/server-version.ts'

/**
 * A dump of MariaDB is not written for MySQL, nor the other way round: what one of them writes the other refuses, or
 * reads in another way. Refused before anything is done; `remedy` is what to do then.
 */
export const refuseOtherKind = (
  { saved, now }: { readonly saved: string; readonly now: string },
  databases: readonly unknown[],
  remedy: string,
): void => {
  if (databases.length === 0 || relationOf(saved, now) !== 'other kind') return
  throw new UserError({
    message: `The snapshot is of ${withKind(saved)}, and this server is ${withKind(now)}: neither reads all that the other writes`,
    hint: `Nothing was touched. ${remedy}`,
    exitCode: exitCodes.usage,
  })
}

/** `MySQL 9.7.4`, `MariaDB 10.11.6`. */
export const withKind = (version: string): string => {
  const read = serverVersion(version)
  return read === null ? version : `${nameOfKind(read.kind)} ${read.number.version}`
}
