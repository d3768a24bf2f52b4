import { distance } from 'fastest-levenshtein'
import { prefix, type Setting } from './settings/setting.ts'
import { settingNames, settings } from './settings/table.ts'

/** What is wrong with a name of the env file that nobody reads, and whether somebody else may read it after all. */
export interface NameProblem {
  readonly isError: boolean
  readonly message: string
}

/**
 * What restic 0.19 and its storage read (https://restic.readthedocs.io/en/stable/040_backup.html#environment-variables).
 * `RCLONE_…` are names that anybody makes, so that none of them is misspelt.
 */
const ofRestic = [
  'RESTIC_REPOSITORY RESTIC_REPOSITORY_FILE RESTIC_PASSWORD RESTIC_PASSWORD_FILE RESTIC_PASSWORD_COMMAND RESTIC_KEY_HINT',
  'RESTIC_CACERT RESTIC_TLS_CLIENT_CERT RESTIC_CACHE_DIR RESTIC_COMPRESSION RESTIC_HOST RESTIC_PACK_SIZE',
  'RESTIC_PROGRESS_FPS RESTIC_READ_CONCURRENCY RESTIC_FEATURES RESTIC_INSECURE_NO_PASSWORD RESTIC_HTTP_USER_AGENT',
  'RESTIC_REST_USERNAME RESTIC_REST_PASSWORD RESTIC_FROM_REPOSITORY RESTIC_FROM_REPOSITORY_FILE RESTIC_FROM_PASSWORD',
  'RESTIC_FROM_PASSWORD_FILE RESTIC_FROM_PASSWORD_COMMAND RESTIC_FROM_KEY_HINT TMPDIR',
  'AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_DEFAULT_REGION AWS_REGION AWS_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CA_BUNDLE AWS_STS_REGIONAL_ENDPOINTS AWS_ENDPOINT_URL AWS_SDK_LOAD_CONFIG',
  'RESTIC_AWS_ASSUME_ROLE_ARN RESTIC_AWS_ASSUME_ROLE_SESSION_NAME RESTIC_AWS_ASSUME_ROLE_EXTERNAL_ID',
  'RESTIC_AWS_ASSUME_ROLE_REGION RESTIC_AWS_ASSUME_ROLE_POLICY RESTIC_AWS_ASSUME_ROLE_STS_ENDPOINT',
  'B2_ACCOUNT_ID B2_ACCOUNT_KEY AZURE_ACCOUNT_NAME AZURE_ACCOUNT_KEY AZURE_ACCOUNT_SAS AZURE_ENDPOINT_SUFFIX',
  'AZURE_FORCE_CLI_CREDENTIAL GOOGLE_PROJECT_ID GOOGLE_APPLICATION_CREDENTIALS GOOGLE_ACCESS_TOKEN',
  'OS_AUTH_URL OS_REGION_NAME OS_USERNAME OS_USER_ID OS_PASSWORD OS_TENANT_ID OS_TENANT_NAME OS_USER_DOMAIN_NAME',
  'OS_USER_DOMAIN_ID OS_PROJECT_NAME OS_PROJECT_DOMAIN_NAME OS_PROJECT_DOMAIN_ID OS_TRUST_ID OS_STORAGE_URL',
  'OS_AUTH_TOKEN OS_APPLICATION_CREDENTIAL_ID OS_APPLICATION_CREDENTIAL_NAME OS_APPLICATION_CREDENTIAL_SECRET',
  'SWIFT_DEFAULT_CONTAINER_POLICY ST_AUTH ST_USER ST_KEY',
].flatMap((line) => line.split(' '))

/** What SeaTable's own `.env` and the official backup container have, and what is near a name of ours by chance. */
const ofSeaTable =
  /^SEATABLE_(MYSQL|SERVER|EMAIL|ADMIN|LICENSE|VOLUME|COMPOSE|IMAGE|DEFAULT|START|BIGDATA|DATABASE_DUMP|LOG|HELP|SHOW|ENABLE|FAAS|AI)|^SEATABLE_RESTIC_(ENV_FILE|IMAGE|BACKUP_IMAGE)$/

const ours = settingNames.map((name) => prefix + name)

/** Names of other programs that are read here as well. */
const alsoOurs = Object.values<Setting>(settings).map(({ alsoNamed }) => alsoNamed)

/** A letter that is lost, doubled or exchanged is one, or two, away; short names are near to each other by chance. */
const isNear = (name: string, known: string): boolean =>
  name !== known && known.length >= 8 && distance(name, known) <= (known.length < 13 ? 1 : 2)

const nearest = (name: string, candidates: readonly string[]): string | undefined =>
  candidates
    .filter((known) => isNear(name, known))
    .toSorted((one, other) => distance(name, one) - distance(name, other))[0]

/**
 * What is wrong with a name in the env file that is no setting of ours; null when it may well be somebody else's, as all
 * names of SeaTable's own `.env` are. `given` are all names of the file: who has set the right one knows what he does.
 */
export const problemOfName = (name: string, given: readonly string[]): NameProblem | null => {
  if (ofRestic.includes(name) || ofSeaTable.test(name) || alsoOurs.includes(name)) return null
  const error = (right: string) =>
    given.includes(right) && !right.startsWith(prefix)
      ? null
      : { isError: true, message: `${name} is read by nobody; did you mean ${right}?` }
  const upper = name.toUpperCase()
  if (name !== upper && (ours.includes(upper) || ofRestic.includes(upper))) return error(upper)
  const near = nearest(upper, [...ours, ...ofRestic])
  if (near !== undefined) return error(near)
  const setting = settingNames.find((own) => upper === own || upper === `SEATABLE_${own}` || upper === `RESTIC_${own}`)
  if (setting === undefined || given.includes(prefix + setting)) return null
  // Another program that shares the file may have a variable of that name.
  return { isError: false, message: `${name} is not read here; the setting is ${prefix}${setting}` }
}
