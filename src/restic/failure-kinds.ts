import { type ExitCode, exitCodes } from '../errors.ts'
import { holderOf, lastWords, lineWith, reasonAfter, withoutRetry } from './stderr.ts'

/** A way to fail that is recognised, and what a person is told of it. `said` is what restic said on stderr. */
export interface Kind {
  /** restic's own exit code: since 0.17, 12 since 0.17.1 (https://restic.readthedocs.io/en/stable/075_scripting.html). */
  readonly code?: number
  /** What 0.14 says instead, with exit code 1 for everything. */
  readonly said?: RegExp
  readonly message: (repository: string, said: string) => string
  readonly hint: string | ((repository: string) => string)
  readonly exitCode: ExitCode
}

/** What a restic that has no exit code for it says of a place without a repository. */
export const isAbsent =
  /unable to open config file.*(no such file or directory|does(n't| not) exist|does not have file|NoSuchKey|NoSuchBucket|\b404\b).*Is there a repository at the following location/s

const isUnreachable =
  /dial (tcp|udp|unix)|connection refused|connection reset|no such host|i\/o timeout|network is unreachable|no route to host|TLS handshake|x509:|unable to start the sftp session|context deadline exceeded|502 Bad Gateway|503 Service Unavailable/i

const isWrongArgument = /invalid argument ".*" for "-|flag --[\w-]+ (has|must|needs|is) |check flag --/

const isPasswordUnresolved = /Resolving password failed: /

const isMissingProgram = /exec: "([^"]+)": executable file not found/

const isNotCredible =
  /no credentials found|no azure authentication information found|could not find default credentials|\$?B2_ACCOUNT_(ID|KEY)\)? is empty|AZURE_ACCOUNT_\w+.* (empty|not set)|Can't find AuthVersion|InvalidAccessKeyId|SignatureDoesNotMatch|The (AWS )?access key ID you provided does not exist|the request signature we calculated/i

const isRefusedByRestServer = /unexpected HTTP response \(401\)|401 Unauthorized/i

const saidBySsh =
  /subprocess ssh: (.*(Could not resolve hostname|Host key verification failed|Permission denied|Identity file|Bad configuration option).*)/i

const settingsOfRepository: readonly (readonly [start: string, settings: string])[] = [
  ['s3:', 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'],
  ['b2:', 'B2_ACCOUNT_ID and B2_ACCOUNT_KEY'],
  ['azure:', 'AZURE_ACCOUNT_NAME and AZURE_ACCOUNT_KEY'],
  ['gs:', 'GOOGLE_PROJECT_ID and GOOGLE_APPLICATION_CREDENTIALS'],
  ['swift:', 'OS_AUTH_URL, OS_USERNAME and OS_PASSWORD'],
  ['rest:', 'RESTIC_REST_USERNAME and RESTIC_REST_PASSWORD'],
]

/** What storage of this kind is opened with. `repository` is what a person may see of RESTIC_REPOSITORY. */
const keysOf = (repository: string): string =>
  settingsOfRepository.find(([start]) => repository.startsWith(start))?.[1] ?? 'the keys of its storage'

/** These are known before anything was asked of the repository: the settings are wrong. */
export const wrongSettings: readonly Kind[] = [
  {
    said: isPasswordUnresolved,
    message: (_repository, said) => `restic gets no password: ${reasonAfter(said, isPasswordUnresolved)}`,
    hint: 'Correct RESTIC_PASSWORD_FILE (a file that this user can read) or RESTIC_PASSWORD_COMMAND (a program that prints the password and ends with 0).',
    exitCode: exitCodes.usage,
  },
  {
    said: /an empty password is not (a password|allowed)/i,
    message: () => 'restic gets an empty password',
    hint: 'The file of RESTIC_PASSWORD_FILE is empty, or the command of RESTIC_PASSWORD_COMMAND prints nothing.',
    exitCode: exitCodes.usage,
  },
  {
    said: /Options -r and --repository-file are mutually exclusive/,
    message: () => 'RESTIC_REPOSITORY and RESTIC_REPOSITORY_FILE are both set',
    hint: 'Remove one of the two.',
    exitCode: exitCodes.usage,
  },
  {
    said: /unable to open config file: stat config: no such file/,
    message: () => 'The file of RESTIC_REPOSITORY_FILE is empty',
    hint: 'It must hold the place of the repository and nothing else.',
    exitCode: exitCodes.usage,
  },
  {
    said: /parsing repository location failed: invalid backend/,
    message: (repository) => `restic knows no storage of this kind: ${repository}`,
    hint: 'Correct RESTIC_REPOSITORY. Some packages of restic are built without Azure and Swift: then install the one of https://github.com/restic/restic/releases.',
    exitCode: exitCodes.usage,
  },
  {
    said: isMissingProgram,
    message: (repository, said) =>
      `restic needs the program ${isMissingProgram.exec(said)?.[1]} for the repository at ${repository}, and it is not on the PATH`,
    hint: 'Install it (openssh-client for sftp:, rclone for rclone:), or correct RESTIC_REPOSITORY.',
    exitCode: exitCodes.usage,
  },
  {
    said: saidBySsh,
    message: (repository, said) => `ssh does not reach the repository at ${repository}: ${saidBySsh.exec(said)?.[1]}`,
    hint: 'Correct the host and the user in RESTIC_REPOSITORY, and see that `ssh` to it works for this user without a question.',
    exitCode: exitCodes.usage,
  },
  {
    said: isNotCredible,
    message: (repository, said) =>
      `The storage of the repository at ${repository} gets no right keys: ${lineWith(said, isNotCredible)}`,
    hint: (repository) => `Set or correct ${keysOf(repository)} in the env file.`,
    exitCode: exitCodes.usage,
  },
  {
    said: isRefusedByRestServer,
    message: (repository) => `The server of the repository at ${repository} refuses the user or the password (401)`,
    hint: (repository) => `Set or correct ${keysOf(repository)} in the env file.`,
    exitCode: exitCodes.usage,
  },
]

export const kinds: readonly Kind[] = [
  {
    said: isWrongArgument,
    message: (_repository, said) => `restic does not take this value: ${lineWith(said, isWrongArgument)}`,
    hint: 'Correct the option or the setting it comes from (a KEEP setting for `forget`).',
    exitCode: exitCodes.usage,
  },
  {
    code: 10,
    said: isAbsent,
    message: (repository) => `There is no restic repository at ${repository}`,
    hint: 'Create it with `seatable-restic init`. If there should be one: is its disk mounted, is RESTIC_REPOSITORY right?',
    exitCode: exitCodes.noRepository,
  },
  {
    code: 11,
    said: /repository is already locked/,
    message: (repository, said) => `The restic repository at ${repository} is locked${holderOf(said)}`,
    hint: 'Wait for that process to end. If it no longer runs, remove its lock: `seatable-restic restic -- unlock`.',
    exitCode: exitCodes.locked,
  },
  {
    code: 12,
    said: /wrong password or no key found/,
    message: (repository) => `The password does not open the restic repository at ${repository}`,
    hint: 'Check RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND and RESTIC_PASSWORD: the first two win over the third.',
    exitCode: exitCodes.wrongPassword,
  },
  {
    said: /no space left on device|disk quota exceeded|insufficient storage/i,
    message: (_repository, said) =>
      `The disk is full: ${lineWith(said, /no space left|quota exceeded|insufficient storage/i)}`,
    hint: 'Free some space there and run it again. What was already in the repository is unharmed.',
    exitCode: exitCodes.failed,
  },
  {
    said: /unable to remove snapshot|failed to remove one or more snapshots|Remove\(<(snapshot|lock)\/.*(403|Forbidden)/i,
    message: (repository) => `The restic repository at ${repository} refuses to delete`,
    hint: 'An append-only repository is thinned out on its own server; otherwise check the rights on the repository.',
    exitCode: exitCodes.failed,
  },
  {
    said: isUnreachable,
    message: (repository, said) =>
      `The restic repository at ${repository} cannot be reached: ${withoutRetry(lineWith(said, isUnreachable))}`,
    hint: 'Check RESTIC_REPOSITORY, the network and that the storage runs, then try again.',
    exitCode: exitCodes.failed,
  },
  {
    said: /permission denied|operation not permitted|AccessDenied|Access Denied|403 Forbidden|401 Unauthorized/i,
    message: (repository, said) => `restic was refused access (repository ${repository}): ${lastWords(said)}`,
    hint: 'Run this as a user that may read and write there (usually root), and check the credentials of the storage.',
    exitCode: exitCodes.failed,
  },
  {
    // 0.19 ends here, older ones warn and go on: then what they end with is told instead.
    said: /^(?!.*Fatal: ).*unable to (open|locate) cache/s,
    message: (_repository, said) => `restic cannot use its cache: ${lineWith(said, /unable to (open|locate) cache/)}`,
    hint: 'Set RESTIC_CACHE_DIR to a directory that this user can write, for example /var/cache/restic.',
    exitCode: exitCodes.failed,
  },
]
