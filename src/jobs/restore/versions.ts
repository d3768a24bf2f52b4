import { exitCodes, UserError } from '../../errors.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { findServerUrl, findVersion, hasSameSchema } from '../../seatable/identity.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'

/** The SeaTable of a snapshot and the one that is installed; null where nothing tells. */
export interface ComparedSeaTable {
  readonly saved: NonNullable<Manifest['seatable']>
  readonly now: { readonly version: string | null; readonly url: string | null }
  /** False only when both versions are known, and one cannot run on the databases of the other. */
  readonly sameSchema: boolean
}

export const compareSeaTable = async (
  { config, signal }: JobContext,
  installation: Installation,
  { seatable: saved = { version: null, url: null } }: Pick<Manifest, 'seatable'>,
): Promise<ComparedSeaTable> => {
  const version = await findVersion(installation, config.environment.tools, signal)
  const url = await findServerUrl(installation)
  const sameSchema = saved.version === null || version === null || hasSameSchema(saved.version, version)
  return { saved, now: { version, url }, sameSchema }
}

/** Refused before anything is stopped: SeaTable would run on databases that it does not understand. */
export const refuseOtherVersion = (
  { saved, now, sameSchema }: ComparedSeaTable,
  databases: readonly unknown[],
  otherVersion: boolean,
): void => {
  if (sameSchema || otherVersion || databases.length === 0) return
  throw new UserError({
    message: `The snapshot is of SeaTable ${saved.version}, and SeaTable ${now.version} is installed: its databases have another schema`,
    hint: `Nothing was touched. Install SeaTable ${saved.version}, restore, and upgrade then; or give --other-version, and see to the schema yourself.`,
    exitCode: exitCodes.usage,
  })
}
