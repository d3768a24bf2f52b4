import type { Client } from '../../mysql/client/client.ts'
import type { Inventory } from '../../mysql/server/inventory.ts'
import { tablesElsewhere } from '../../mysql/server/tables-elsewhere.ts'
import { foreignKeysInto } from '../../mysql/swap/foreign-keys-into.ts'
import type { StandingWarning } from '../../standing-warnings.ts'
import { keysInWarnings } from '../swap/foreign-keys.ts'
import { elsewhereWarnings } from '../swap/tables-elsewhere.ts'

/** What keeps a restore from swapping the databases, for a backup to tell. */
export const swapObstacles = async (client: Client, { databases }: Inventory): Promise<StandingWarning[]> => {
  const names = databases.map(({ name }) => name)
  return [
    ...keysInWarnings(await foreignKeysInto(client, names)),
    ...elsewhereWarnings(await tablesElsewhere(client, databases)),
  ]
}
