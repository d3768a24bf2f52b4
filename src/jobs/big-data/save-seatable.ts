import type { Client } from '../../mysql/client/client.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { StandingWarning } from '../../standing-warnings.ts'
import type { JobContext } from '../context/job-context.ts'
import type { SeenSeaTable } from './look-at-seatable.ts'
import { saveBigData } from './save.ts'

/** What a snapshot tells of the SeaTable that it is of, beside its data. */
export interface SavedSeaTable extends Required<Pick<Manifest, 'seatable' | 'bigData'>> {
  readonly warnings: readonly StandingWarning[]
}

/** Lets SeaTable save its big data: all that comes before the dump. */
export const saveSeaTable = async (
  context: JobContext,
  installation: Installation,
  client: Client,
  seen: SeenSeaTable,
): Promise<SavedSeaTable> => {
  const { version, url } = seen
  return { seatable: { version, url }, ...(await saveBigData(context, installation, client, seen)) }
}
