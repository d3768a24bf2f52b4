import type { Config } from '../../config/config.ts'
import { listed } from '../../listed.ts'
import { readDuration } from '../../restic/duration.ts'
import { check, ok, type Theme, warn } from './check.ts'

/** What stands in the settings, and who can read it. */
export const settings: Theme = {
  title: 'Settings',
  checks: [
    check('settings', ['surroundings'], ({ surroundings: { envFile } }) =>
      ok(envFile === null ? 'No env file: defaults, and the environment' : `The settings in ${envFile} are right`),
    ),
    check('env-file', ['surroundings'], ({ surroundings: { envFile, warnings } }) => {
      if (envFile === null) return null
      return warnings.length === 0
        ? ok('Only its owner can read the env file')
        : warn(`Everyone can read the env file ${envFile}`, `Run: chmod 600 '${envFile}'`)
    }),
    check('password-files', ['host'], ({ host: { openPasswordFiles } }) =>
      openPasswordFiles.length === 0
        ? ok('No password file can be read by everyone')
        : warn(
            `Everyone can read the password file ${openPasswordFiles.join(', ')}`,
            `Run: chmod 600 ${openPasswordFiles.map((path) => `'${path}'`).join(' ')}`,
          ),
    ),
    check('secrets-in-environment', ['surroundings'], ({ surroundings: { secrets } }) =>
      secrets.length === 0
        ? ok('No secret is in the environment of this process')
        : warn(
            `Secrets are in the environment, which every program started from there inherits: ${listed(secrets)}`,
            'Put them into the env file, or use a password file.',
          ),
    ),
    check('restic-password', ['config'], ({ config }) => {
      const {
        RESTIC_PASSWORD = '',
        RESTIC_PASSWORD_FILE = '',
        RESTIC_PASSWORD_COMMAND = '',
      } = config.environment.restic
      const winner = RESTIC_PASSWORD_FILE !== '' ? 'RESTIC_PASSWORD_FILE' : 'RESTIC_PASSWORD_COMMAND'
      return RESTIC_PASSWORD !== '' && (RESTIC_PASSWORD_FILE !== '' || RESTIC_PASSWORD_COMMAND !== '')
        ? warn(
            `RESTIC_PASSWORD and ${winner} are both set, and restic takes ${winner}`,
            'Remove one of the two: somebody may change the wrong one.',
          )
        : ok('The password of the repository comes from one source')
    }),
    check('retention', ['config'], ({ config: { keep } }) =>
      daysKept(keep) >= 7
        ? ok(
            keepsAll(keep) >= 7
              ? `Nothing from the last ${keep.within} is ever forgotten`
              : `One snapshot of each of the last ${keep.daily} days is kept`,
          )
        : warn(
            `The retention policy goes back ${daysKept(keep)} days: damage that is noticed a week later can no longer be undone`,
            'Set SEATABLE_RESTIC_KEEP_WITHIN=7d, or SEATABLE_RESTIC_KEEP_DAILY to 7 or more.',
          ),
    ),
    check('host-name', ['config'], ({ config: { host } }) =>
      /^[0-9a-f]{12}$/.test(host)
        ? warn(
            `The host name of the snapshots, ${host}, is that of a container: it changes, and then forget keeps old snapshots for ever`,
            'Set SEATABLE_RESTIC_HOST to a fixed name.',
          )
        : ok(`Snapshots carry the host name ${host}`),
    ),
    check('state-directory', ['config', 'state', 'surroundings'], ({ config, state: { directory }, surroundings }) => {
      const { stateDir } = config
      if (directory === null) return ok(`The state directory ${stateDir} is made by the first backup`)
      if ((directory.mode & 0o077) !== 0) {
        return warn(
          `Others can look into the state directory ${stateDir}, where dumps lie during a backup`,
          `Run: chmod 700 '${stateDir}'`,
        )
      }
      if (directory.uid !== surroundings.uid) {
        return warn(
          `The state directory ${stateDir} belongs to user ${directory.uid}, and this is user ${surroundings.uid}`,
          'Run seatable-restic always as the same user: root.',
        )
      }
      return ok(`The state directory ${stateDir} is private`)
    }),
  ],
}

/** How many days back everything is kept, about. */
const keepsAll = ({ within }: Config['keep']): number => {
  const { years, months, days, hours } = readDuration(within)
  return years * 365 + months * 30 + days + hours / 24
}

/** How many days back at least one snapshot of each day is kept. */
const daysKept = (keep: Config['keep']): number => Math.floor(Math.max(keepsAll(keep), keep.daily))
