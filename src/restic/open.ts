import { coerce, gte, lt } from 'semver'
import { exitCodes, UserError } from '../errors.ts'
import { run } from '../process.ts'
import { resticFailure } from './failures.ts'

/** The first version of restic that can do it, by its changelog; each was run on 0.14, 0.18 and 0.19. */
const firstVersions = {
  /** Exit codes 10 (no repository) and 11 (locked), a lock removed on SIGTERM, a summary in each snapshot. */
  'telling exit codes': '0.17.0',
  /** `backup --no-scan`: the sources are not walked a second time for the sake of a percentage. */
  'backup without a scan': '0.15.0',
  'progress of restore': '0.16.0',
  /** `restore --overwrite always --delete`: what is there already is read, only what differs is fetched. */
  'restore over a copy': '0.17.0',
} as const

export type Feature = keyof typeof firstVersions

export interface ResticVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** The restic of this host with the repository and the password it was given. */
export interface Restic {
  readonly version: ResticVersion
  readonly environment: Readonly<Record<string, string>>
  /** Given to every call. */
  readonly globalOptions?: readonly string[]
  has(feature: Feature): boolean
}

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined
  /** How much it may send to the repository, in KiB a second. */
  readonly uploadKibs?: number | null
  /** On how many processors it may compute at a time. */
  readonly processors?: number | null
}

const oldestVersion = '0.14.0'

/**
 * Finds restic on the PATH of `environment`. Nothing is asked of the repository yet.
 * Throws a UserError when restic is missing or older than 0.14 (exit code 1), and when the settings
 * name no repository or no password (exit code 2): restic would wait for an answer on the terminal.
 */
export const openRestic = async (
  environment: Readonly<Record<string, string>>,
  { signal, uploadKibs, processors }: OpenOptions = {},
): Promise<Restic> => {
  refuseMissingSettings(environment)
  const version = await readVersion(environment, signal)
  if (lt(textOf(version), oldestVersion)) {
    throw new UserError({
      message: `restic ${textOf(version)} is too old: 0.14 is the oldest version that works`,
      hint: 'Install a newer restic, 0.17.1 or later if you can: https://restic.readthedocs.io/en/stable/020_installation.html',
    })
  }
  return {
    version,
    environment: processors == null ? environment : { ...environment, GOMAXPROCS: String(processors) },
    globalOptions: uploadKibs == null ? [] : ['--limit-upload', String(uploadKibs)],
    has: (feature) => gte(textOf(version), firstVersions[feature]),
  }
}

const refuseMissingSettings = (environment: Readonly<Record<string, string>>) => {
  const isSet = (name: string) => (environment[name] ?? '') !== ''
  const where = 'in the env file (/etc/seatable-restic/restic.env, or the one given with --env-file)'
  if (!['RESTIC_REPOSITORY', 'RESTIC_REPOSITORY_FILE'].some(isSet)) {
    throw new UserError({
      message: 'No restic repository is set: RESTIC_REPOSITORY and RESTIC_REPOSITORY_FILE are both missing',
      hint: `Set RESTIC_REPOSITORY ${where}.`,
      exitCode: exitCodes.usage,
    })
  }
  const passwords = ['RESTIC_PASSWORD', 'RESTIC_PASSWORD_FILE', 'RESTIC_PASSWORD_COMMAND']
  if (![...passwords, 'RESTIC_INSECURE_NO_PASSWORD'].some(isSet)) {
    throw new UserError({
      message:
        'The restic repository has no password set: RESTIC_PASSWORD, RESTIC_PASSWORD_FILE and RESTIC_PASSWORD_COMMAND are all missing',
      hint: `Set RESTIC_PASSWORD_FILE ${where}.`,
      exitCode: exitCodes.usage,
    })
  }
}

const readVersion = async (environment: Readonly<Record<string, string>>, signal: AbortSignal | undefined) => {
  const ended = await run({ file: 'restic', args: ['version'], env: environment }, { signal })
  if (ended.exitCode !== 0) throw resticFailure('restic version', ended, environment, signal)
  const found = coerce(/^restic v?(\d+\.\d\S*)/m.exec(ended.stdout)?.[1])
  if (found === null) {
    throw new UserError({
      message: `The program restic on the PATH does not say which version it is: ${ended.stdout.trim().slice(0, 200) || 'it says nothing'}`,
      hint: 'Run `restic version`: is it the backup program from https://restic.net?',
    })
  }
  const { major, minor, patch } = found
  return { major, minor, patch }
}

const textOf = ({ major, minor, patch }: ResticVersion) => `${major}.${minor}.${patch}`
