import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import { isThere } from '../../paths.ts'
import type { SwapJournal } from '../state/journal.ts'

/**
 * What live data is moved to must be free: anything there would be taken for the live data when the swap is taken back.
 * Refused before anything is stopped. Something is there when the state directory was lost, or its record moved away.
 */
export const refuseOccupied = async (client: Client, { databases, directories }: SwapJournal): Promise<void> => {
  const occupied: string[] = []
  const { databases: found } = await takeInventory(
    client,
    databases.map(({ outgoing }) => outgoing),
  )
  for (const { name, tables } of found) if (tables.length > 0) occupied.push(`the database ${name}`)
  for (const { outgoing } of directories) {
    for (const path of [outgoing, `${outgoing}.partial`, `${outgoing}.unfinished`]) {
      if (await isThere(path)) occupied.push(path)
    }
  }
  if (occupied.length === 0) return
  throw new UserError({
    message: `What an earlier restore replaced is still there, although no record mentions it: ${occupied.join(', ')}`,
    hint: 'Nothing was touched. Look at it, and drop or move it away; then run again.',
  })
}
