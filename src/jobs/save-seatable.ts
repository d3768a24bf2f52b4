import type { Client } from '../mysql/client.ts'
import type { Installation } from '../seatable/installation.ts'
import { findServerUrl } from '../seatable/server-url.ts'
import { findVersion } from '../seatable/version.ts'
import type { Manifest } from '../staging/manifest.ts'
import type { JobContext } from './job-context.ts'
import { saveBigData } from './save-big-data.ts'

/** What a snapshot tells of the SeaTable that it is of, beside its data. */
export interface SavedSeaTable extends Required<Pick<Manifest, 'seatable' | 'bigData'>> {
  readonly warnings: readonly string[]
}

/** Lets SeaTable save its big data, and looks at its version and address: all that comes before the dump. */
export const saveSeaTable = async (
  context: JobContext,
  installation: Installation,
  client: Client,
): Promise<SavedSeaTable> => {
  const version = await findVersion(installation, context.config.environment.tools, context.signal)
  const url = await findServerUrl(installation)
  return { seatable: { version, url }, ...(await saveBigData(context, installation, client, version)) }
}
