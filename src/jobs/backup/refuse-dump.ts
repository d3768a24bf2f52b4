import { UserError } from '../../errors.ts'
import { type Dump, missingFrom } from '../../mysql/dump/dump.ts'
import type { Inventory } from '../../mysql/server/inventory.ts'
import { freeBytes } from '../../staging/area.ts'

/** Before a dump: every database that is to be saved must be there. */
export const refuseMissingDatabases = (wanted: readonly string[], { databases, otherDatabases }: Inventory): void => {
  const missing = wanted.filter((name) => !databases.some((database) => database.name === name))
  if (missing.length === 0) return
  throw new UserError({
    message: `The server has no database ${missing.join(', ')}`,
    hint: `Correct SEATABLE_RESTIC_DATABASES${otherDatabases.length > 0 ? `; the server also has ${otherDatabases.join(', ')}` : ''}. If the database was lost: seatable-restic restore.`,
  })
}

/** Who wants the rows over a connection, and no other way, is told why that cannot be. */
export const refuseRows = (why: Error): UserError =>
  new UserError({
    message: `The rows cannot be read over a connection of our own: ${why.message}`,
    hint: 'Nothing was kept. SEATABLE_RESTIC_ROWS=auto leaves them to the dump program then.',
  })

/** SQL is about as large as the data in the tables; indexes are not dumped. */
export const refuseFullDisk = async (staging: string, { databases }: Inventory): Promise<void> => {
  const needed = databases.reduce((sum, { dataBytes }) => sum + dataBytes, 0)
  const free = await freeBytes(staging)
  if (free >= needed) return
  const mib = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MiB`
  throw new UserError({
    message: `The staging area ${staging} has ${mib(free)} free, and the dumps need about ${mib(needed)}`,
    hint: 'Free space there, or move SEATABLE_RESTIC_STATE_DIR to a larger filesystem.',
  })
}

/** What was there before and after must be in the dump; what came or went meanwhile need not. */
export const refuseIncompleteDump = (dump: Dump, before: Inventory, after: Inventory): void => {
  const stillThere = new Set(missingFrom(dump, after))
  const missing = missingFrom(dump, before).filter((name) => stillThere.has(name))
  if (missing.length === 0) return
  throw new UserError({
    message: `The dump lacks ${missing.slice(0, 5).join(', ')}`,
    hint: 'Nothing was kept. Something keeps the dump program from writing it: an option file, or a wrapper around the program.',
  })
}
