import type { Client } from '../../mysql/client/client.ts'
import { refuseLackingRights } from '../../mysql/server/restore-rights.ts'
import { readRights } from '../../mysql/server/rights.ts'
import { asideName, drillName, previousName, proofName } from '../../mysql/working-names.ts'

/**
 * Throws when the database user lacks a right that a restore, a rollback or a drill of these databases needs: before
 * anything is fetched or stopped, and not in the middle of a swap.
 */
export const refuseNoRights = async (
  client: Client,
  databases: readonly string[],
  what: 'swap' | 'drill',
  signal?: AbortSignal,
): Promise<void> => {
  if (databases.length === 0) return
  const names = what === 'drill' ? [drillName] : [(name: string) => name, asideName, previousName, proofName]
  refuseLackingRights(
    await readRights(client, signal),
    databases.flatMap((database) => names.map((nameOf) => nameOf(database))),
  )
}
