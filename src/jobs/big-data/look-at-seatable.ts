import type { Client } from '../../mysql/client/client.ts'
import { newestBigDataBackup } from '../../mysql/server/newest-big-data-backup.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { findServerUrl, findVersion } from '../../seatable/identity.ts'
import type { JobContext } from '../context/job-context.ts'

/** What can be learnt of SeaTable without asking anything of it. */
export interface SeenSeaTable {
  readonly version: string | null
  readonly url: string | null
  /** When dtable-db last backed up a base; null when it never did. */
  readonly newestBackup: Date | null
}

/** Looks at its version, its address and its big data, and changes nothing. */
export const lookAtSeaTable = async (
  { config, signal }: JobContext,
  installation: Installation,
  client: Client,
): Promise<SeenSeaTable> => ({
  version: await findVersion(installation, config.environment.tools, signal),
  url: await findServerUrl(installation),
  newestBackup: await newestBigDataBackup(client, installation.databaseNames, signal),
})
