import { exitCodes, UserError } from '../../errors.ts'
import type { Inventory } from '../../mysql/server/inventory.ts'
import { isServer, serverVersion as readVersion } from '../../mysql/sql/server-version.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { findServerUrl, findVersion, hasSameSchema } from '../../seatable/identity.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'
import { refuseOtherKind } from '../snapshots/server-kind.ts'
import type { Prepared } from './prepare.ts'

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

/** Refuses, before anything is stopped, versions of the server or of SeaTable that do not take what is restored. */
export const refuseVersions = (
  { inPlace, otherVersion }: { readonly inPlace: boolean; readonly otherVersion: boolean },
  { inventory, plan, parts: { databases } }: Pick<Prepared, 'inventory' | 'plan' | 'parts'>,
): void => {
  if (!inPlace) refuseOldServer(inventory)
  refuseOtherVersion(plan.seatable, databases, otherVersion)
  if (!otherVersion) refuseOtherKind(plan.server, databases, ofTheSameKind)
}

const ofTheSameKind = 'Restore with a server of the same kind; or give --other-version to try it with this one.'

/** SeaTable would run on databases that it does not understand. */
const refuseOtherVersion = (
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

/** Before MariaDB 10.6 and MySQL 8 a crash in the middle of a RENAME TABLE leaves some tables renamed and some not. */
export const refuseOldServer = ({ serverVersion }: Inventory): void => {
  const version = readVersion(serverVersion)
  if (isServer(version, 'mariadb', '>=10.6') || isServer(version, 'mysql', '>=8')) return
  throw new UserError({
    message: `The server ${serverVersion} cannot swap tables safely: its RENAME TABLE does not survive a crash`,
    hint: 'Nothing was touched. Upgrade to MariaDB 10.6 or MySQL 8, or give --in-place.',
  })
}
