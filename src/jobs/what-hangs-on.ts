import type { Client } from '../mysql/client.ts'
import type { Inventory } from '../mysql/inventory.ts'
import { foreignKeysInto } from '../mysql/keys-in.ts'
import type { StandingWarning } from '../standing-warnings.ts'
import { keysInWarnings } from './foreign-keys-in.ts'

/** What outside of the databases keeps a restore from swapping them, for a backup to tell. */
export const whatHangsOn = async (client: Client, { databases }: Inventory): Promise<StandingWarning[]> =>
  keysInWarnings(
    await foreignKeysInto(
      client,
      databases.map(({ name }) => name),
    ),
  )
