import { listed } from '../../listed.ts'
import { leadsToSomething } from '../../paths.ts'
import { scriptCommand } from '../../seatable/big-data/script.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { ComparedSeaTable } from './versions.ts'

export interface Restoring {
  readonly manifest: Manifest
  readonly compared: ComparedSeaTable
  readonly installation: Installation
  /** Databases that are restored, and whether the server has them already. */
  readonly databases: readonly { readonly name: string; readonly exists: boolean }[]
  /** Directories that are restored. */
  readonly directories: readonly { readonly name: string }[]
}

/**
 * What no restore can do, as sentences: on a new machine, of another version, under another address. Empty where
 * SeaTable is restored in its own place.
 */
export const whatRemains = async (restoring: Restoring): Promise<string[]> => {
  const isNew = restoring.databases.length > 0 && restoring.databases.every(({ exists }) => !exists)
  return [
    ...versionToInstall(restoring, isNew),
    ...schemaToUpgrade(restoring),
    ...(isNew ? [...usersToCreate, ...(await pathsToBring(restoring.manifest))] : []),
    ...confToCheck(restoring, isNew),
    ...addressToReplace(restoring, isNew),
  ]
}

const versionToInstall = ({ compared, installation }: Restoring, isNew: boolean): string[] => {
  const { saved, now } = compared
  if (!isNew || installation.server !== null || now.version !== null) return []
  return saved.version === null
    ? ['Install the version of SeaTable that the snapshot was made of, no newer one; upgrade when that runs.']
    : [`Install SeaTable ${saved.version}, no newer one; upgrade when that runs.`]
}

const schemaToUpgrade = ({ compared: { saved, now, sameSchema }, databases }: Restoring): string[] =>
  sameSchema || databases.length === 0
    ? []
    : [
        `The databases are those of SeaTable ${saved.version}: before SeaTable ${now.version} is used, upgrade them as its manual says. They cannot be downgraded to an older version.`,
      ]

/** A dump holds databases, not the server's own. */
const usersToCreate = ['Create the database user of SeaTable and its rights, unless it is root: users are in no dump.']

const pathsToBring = async ({ extraPaths, installation = [] }: Manifest): Promise<string[]> => {
  const files = installation.filter(({ kind }) => kind !== 'directory').map(({ path }) => path)
  if (files.length > 0) {
    const absent: string[] = []
    for (const path of files) if (!(await leadsToSomething(path))) absent.push(path)
    if (absent.length > 0) {
      return [
        `Put the files of the installation in their places before SeaTable starts (${listed(absent, 3)}): seatable-restic restore --extra, with the same snapshot.`,
      ]
    }
  }
  if (files.length === 0 && extraPaths.length === 0) {
    return ['Bring the compose files with their .env, the licence and the certificates: they are not in the snapshot.']
  }
  const missing: string[] = []
  for (const path of extraPaths) if (!(await leadsToSomething(path))) missing.push(path)
  return missing.length === 0
    ? []
    : [
        `Put these of the snapshot in their places before SeaTable starts: ${missing.join(', ')}. With --target they are put into a folder.`,
      ]
}

const confToCheck = ({ directories }: Restoring, isNew: boolean): string[] => {
  const isRestored = directories.some(({ name }) => name === 'conf')
  if (isRestored) return ['conf is that of the snapshot: its database password must be the one of this server.']
  return isNew
    ? ['conf stays that of this machine: SECRET_KEY and the private keys must be those of the snapshot’s conf or .env.']
    : []
}

const addressToReplace = ({ compared: { saved, now }, installation }: Restoring, isNew: boolean): string[] => {
  if (saved.url === null || saved.url === now.url) return []
  if (now.url === null) {
    return isNew ? [`SeaTable was reached at ${saved.url}. Under another address, replace it in the bases too.`] : []
  }
  const replace = `python-env /opt/seatable/seatable-server-latest/dtable-web/manage.py domain_transfer -all -od ${saved.url} -nd ${now.url}`
  return [
    `SeaTable was reached at ${saved.url} and is reached at ${now.url} now. Replace it in the bases, when SeaTable runs: ${scriptCommand(installation, replace)}. Page designs and whiteboards keep the old one, and it tells no errors.`,
  ]
}
