import { describe, expect, test } from 'vitest'
import { problemOfName } from '../../src/config/near-names.ts'
import { prefix } from '../../src/config/settings/setting.ts'
import { settingNames } from '../../src/config/settings/table.ts'

const ours = settingNames.map((name) => prefix + name)
const ofRestic = ['RESTIC_REPOSITORY', 'RESTIC_PASSWORD', 'RESTIC_PASSWORD_FILE', 'AWS_ACCESS_KEY_ID', 'B2_ACCOUNT_KEY']

/** A letter lost, doubled, or exchanged with the next, at every place. */
const typosOf = (name: string): string[] =>
  [...name].flatMap((letter, at) => {
    const [before, after] = [name.slice(0, at), name.slice(at + 1)]
    return [before + after, before + letter + letter + after, before + after.charAt(0) + letter + after.slice(1)]
  })

const isKnown = (name: string) => ours.includes(name) || ofRestic.includes(name)

describe('a name of the env file that nobody reads', () => {
  test.each([
    ['SEATABLE_RESTC_TAG', 'SEATABLE_RESTIC_TAG'],
    ['SEATBLE_RESTIC_STATE_DIR', 'SEATABLE_RESTIC_STATE_DIR'],
    ['SEATABLE_RESTICDATA_DIR', 'SEATABLE_RESTIC_DATA_DIR'],
    ['RESTIC_PASWORD', 'RESTIC_PASSWORD'],
    ['RESTIC_REPOSITRY', 'RESTIC_REPOSITORY'],
    ['RESTIC_REPO', undefined],
    ['AWS_ACCES_KEY_ID', 'AWS_ACCESS_KEY_ID'],
    ['AWS_SECRET_KEY', undefined],
    ['restic_password', 'RESTIC_PASSWORD'],
    ['seatable_restic_tag', 'SEATABLE_RESTIC_TAG'],
    ['Restic_Pasword', 'RESTIC_PASSWORD'],
  ])('%s is an error that names %s', (name, right) => {
    expect(problemOfName(name, [name])).toEqual(
      right === undefined ? null : { isError: true, message: `${name} is read by nobody; did you mean ${right}?` },
    )
  })

  test.each([
    ['SEATABLE_DATA_DIR', 'SEATABLE_RESTIC_DATA_DIR'],
    ['DATA_DIR', 'SEATABLE_RESTIC_DATA_DIR'],
    ['DB_PASSWORD', 'SEATABLE_RESTIC_DB_PASSWORD'],
    ['RESTIC_TAG', 'SEATABLE_RESTIC_TAG'],
    ['db_host', 'SEATABLE_RESTIC_DB_HOST'],
  ])('%s may be another program’s: a warning, and none where %s is set as well', (name, right) => {
    expect(problemOfName(name, [name])).toEqual({
      isError: false,
      message: `${name} is not read here; the setting is ${right}`,
    })
    expect(problemOfName(name, [name, right])).toBeNull()
  })

  test('is told for every letter that is lost, doubled or exchanged', () => {
    const untold = [...ours, ...ofRestic].flatMap((name) =>
      typosOf(name).filter((typo) => {
        // Told elsewhere: with our prefix whole, the setting behind it is not known.
        if (typo.startsWith(prefix) || isKnown(typo)) return false
        return problemOfName(typo, [typo])?.isError !== true
      }),
    )
    expect(untold).toEqual([])
  })

  test('is never an error where it is SeaTable’s, or the official backup container’s', () => {
    const shared = [
      'COMPOSE_FILE COMPOSE_PATH_SEPARATOR TIME_ZONE SEATABLE_SERVER_HOSTNAME SEATABLE_SERVER_PROTOCOL SEATABLE_IMAGE',
      'SEATABLE_ADMIN_EMAIL SEATABLE_ADMIN_PASSWORD SEATABLE_LICENSE SEATABLE_VOLUME SEATABLE_MYSQL_VOLUME',
      'SEATABLE_MYSQL_ROOT_PASSWORD SEATABLE_MYSQL_DB_HOST SEATABLE_MYSQL_DB_PORT SEATABLE_MYSQL_DB_USER',
      'SEATABLE_MYSQL_DB_PASSWORD SEATABLE_MYSQL_DB_DTABLE_DB_NAME SEATABLE_EMAIL_HOST SEATABLE_EMAIL_PORT',
      'SEATABLE_EMAIL_HOST_USER SEATABLE_EMAIL_HOST_PASSWORD SEATABLE_EMAIL_USE_TLS SEATABLE_DEFAULT_FROM_EMAIL',
      'SEATABLE_START_MODE SEATABLE_RESTIC_BACKUP_IMAGE SEATABLE_RESTIC_IMAGE SEATABLE_RESTIC_ENV_FILE',
      'SEATABLE_BIGDATA_HOST SEATABLE_BIGDATA_DUMP SEATABLE_DATABASE_DUMP MARIADB_PASSWORD MARIADB_ROOT_PASSWORD',
      'MARIADB_HOST MYSQL_ROOT_PASSWORD REDIS_HOST REDIS_PASSWORD PYTHON_SCHEDULER_AUTH_TOKEN JWT_PRIVATE_KEY',
      'RESTIC_HOSTNAME RESTIC_DATA_SUBSET RESTIC_TAG RESTIC_FORGET_ARGS RESTIC_JOB_ARGS RESTIC_SKIP_INIT BACKUP_CRON',
      'CHECK_CRON DATABASE_HOST DATABASE_LIST DATABASE_PASSWORD DATABASE_USER DATABASE_DUMP_COMPRESSION',
      'HEALTHCHECK_URL USER_AGENT MSMTP_ARGS LOG_LEVEL LOG_TYPE TZ RCLONE_CONFIG_R_TYPE AWS_DEFAULT_REGION HOME PATH',
      'RESTIC_REST_USERNAME OS_AUTH_URL GOOGLE_PROJECT_ID TMPDIR http_proxy https_proxy no_proxy HTTP_PROXY',
    ].flatMap((line) => line.split(' '))
    expect(shared.filter((name) => problemOfName(name, shared)?.isError)).toEqual([])
  })
})
