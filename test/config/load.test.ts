import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { UserError } from '../../src/errors.ts'

let folder: string
let envFile: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-'))
  envFile = join(folder, 'restic.env')
})
afterEach(() => rm(folder, { recursive: true }))

const uid = process.getuid?.() ?? 0

const load = async (lines: readonly string[], environment: Record<string, string> = {}) => {
  await writeFile(envFile, lines.join('\n'), { mode: 0o600 })
  return loadConfig({ environment, envFile, hostname: 'here', uid })
}

const configOf = async (lines: readonly string[], environment: Record<string, string> = {}) =>
  (await load(lines, environment)).config

const problemsOf = async (lines: readonly string[], environment: Record<string, string> = {}): Promise<string> => {
  try {
    await load(lines, environment)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    expect(error.exitCode).toBe(2)
    return error.message.replaceAll(envFile, 'restic.env')
  }
  return 'none'
}

describe('loadConfig', () => {
  it('has a default for everything', async () => {
    expect(await configOf([])).toEqual({
      dataDir: null,
      dataPaths: ['seafile-data', 'seahub-data', 'storage-data', 'conf'],
      extraPaths: null,
      databases: null,
      engine: null,
      dbContainer: null,
      serverContainer: null,
      stopCommand: null,
      startCommand: null,
      bigData: 'auto',
      bigDataTimeout: 3600,
      dbHost: null,
      dbPort: null,
      dbSocket: null,
      dbUser: 'root',
      dbPassword: null,
      stateDir: '/var/lib/seatable-restic',
      accept: [],
      healthcheckUrl: [],
      notify: [],
      notifyFile: null,
      smtpUrl: null,
      maxBackupAge: 36,
      maxDrillAge: 840,
      maxCheckAge: 840,
      maxCopyAge: 192,
      metricsFile: null,
      backupAt: { weekdays: [], monthDays: [], times: [{ hour: 3, minute: 0 }] },
      forgetAfterBackup: true,
      drillAt: { weekdays: ['Sun'], monthDays: [], times: [{ hour: 5, minute: 0 }] },
      checkAt: { weekdays: [], monthDays: [1], times: [{ hour: 6, minute: 0 }] },
      lockWait: 60,
      lowPriority: true,
      limitUpload: null,
      limitCpus: null,
      rows: 'auto',
      host: 'here',
      tag: 'seatable',
      keep: { within: '7d', daily: 14, weekly: 8, monthly: 24, yearly: 0 },
      environment: { restic: { RESTIC_CACHE_DIR: '/var/lib/seatable-restic/cache' }, tools: {} },
    })
  })

  it('takes every setting', async () => {
    const config = await configOf([
      'SEATABLE_RESTIC_DATA_DIR=/srv/seatable/',
      'SEATABLE_RESTIC_DATA_PATHS=seafile-data, "my data"',
      'SEATABLE_RESTIC_EXTRA_PATHS=/opt/compose /opt/my\\ files/ "/opt/a, b"',
      'SEATABLE_RESTIC_SERVER_CONTAINER=seatable',
      'SEATABLE_RESTIC_ENGINE=none',
      'SEATABLE_RESTIC_DATABASES=ccnet_db,seafile-db',
      'SEATABLE_RESTIC_DB_HOST=db.example.com',
      'SEATABLE_RESTIC_DB_PORT=3307',
      'SEATABLE_RESTIC_DB_USER=backup',
      "SEATABLE_RESTIC_DB_PASSWORD='a # b'",
      'SEATABLE_RESTIC_TAG=prod',
      'SEATABLE_RESTIC_HOST=seatable.example.com',
      'SEATABLE_RESTIC_KEEP_WITHIN=1y5m7d2h',
      'SEATABLE_RESTIC_KEEP_DAILY=1',
      'SEATABLE_RESTIC_KEEP_WEEKLY=2',
      'SEATABLE_RESTIC_KEEP_MONTHLY=3',
      'SEATABLE_RESTIC_KEEP_YEARLY=4',
      'SEATABLE_RESTIC_STATE_DIR=/srv/state',
      'SEATABLE_RESTIC_ACCEPT=binary-log other-databases:scheduler',
      'SEATABLE_RESTIC_STOP_COMMAND=systemctl stop seatable',
      'SEATABLE_RESTIC_START_COMMAND=\'sudo "start it" now\'',
      'SEATABLE_RESTIC_BIG_DATA=require',
      'SEATABLE_RESTIC_BIG_DATA_TIMEOUT=60',
      'SEATABLE_RESTIC_HEALTHCHECK_URL=https://hc-ping.com/key/{command}',
      'SEATABLE_RESTIC_NOTIFY=https://ntfy.sh/topic mailto:admin@example.com',
      'SEATABLE_RESTIC_NOTIFY_FILE=/etc/notify',
      'SEATABLE_RESTIC_SMTP_URL=smtps://me:secret@mail.example.com?from=backup@example.com',
      'SEATABLE_RESTIC_MAX_BACKUP_AGE=26h',
      'SEATABLE_RESTIC_MAX_DRILL_AGE=8d',
      'SEATABLE_RESTIC_MAX_CHECK_AGE=5w',
      'SEATABLE_RESTIC_MAX_COPY_AGE=off',
      'SEATABLE_RESTIC_METRICS_FILE=/srv/metrics/seatable.prom',
      'SEATABLE_RESTIC_LOW_PRIORITY=off',
      'SEATABLE_RESTIC_LIMIT_UPLOAD=2048',
      'SEATABLE_RESTIC_LIMIT_CPUS=1',
      'SEATABLE_RESTIC_ROWS=wire',
      'SEATABLE_RESTIC_BACKUP_AT=03:00 15:30',
      'SEATABLE_RESTIC_FORGET_AFTER_BACKUP=off',
      'SEATABLE_RESTIC_DRILL_AT=off',
      'SEATABLE_RESTIC_CHECK_AT=Sat,Wed 6:00',
      'SEATABLE_RESTIC_LOCK_WAIT=0',
    ])
    expect(config).toEqual({
      dataDir: '/srv/seatable',
      dataPaths: ['seafile-data', 'my data'],
      extraPaths: ['/opt/compose', '/opt/my files', '/opt/a, b'],
      databases: ['ccnet_db', 'seafile-db'],
      engine: 'none',
      dbContainer: null,
      serverContainer: 'seatable',
      stopCommand: ['systemctl', 'stop', 'seatable'],
      startCommand: ['sudo', 'start it', 'now'],
      bigData: 'require',
      bigDataTimeout: 60,
      dbHost: 'db.example.com',
      dbPort: 3307,
      dbSocket: null,
      dbUser: 'backup',
      dbPassword: { from: 'value', value: 'a # b' },
      stateDir: '/srv/state',
      accept: ['binary-log', 'other-databases:scheduler'],
      healthcheckUrl: [
        {
          kind: 'healthchecks',
          url: 'https://hc-ping.com/key/{command}',
          name: 'healthchecks at hc-ping.com (SEATABLE_RESTIC_HEALTHCHECK_URL)',
          commands: ['backup', 'forget', 'copy', 'drill', 'check'],
        },
      ],
      notify: [
        { kind: 'ntfy', url: 'https://ntfy.sh/topic', name: 'ntfy at ntfy.sh (no. 1 of SEATABLE_RESTIC_NOTIFY)' },
        {
          kind: 'mail',
          url: 'admin@example.com',
          name: 'mail to example.com (no. 2 of SEATABLE_RESTIC_NOTIFY)',
          weeklyReport: false,
        },
      ],
      notifyFile: '/etc/notify',
      smtpUrl: {
        host: 'mail.example.com',
        port: 465,
        security: 'tls',
        user: 'me',
        password: 'secret',
        from: 'backup@example.com',
      },
      maxBackupAge: 26,
      maxDrillAge: 192,
      maxCheckAge: 840,
      maxCopyAge: null,
      metricsFile: '/srv/metrics/seatable.prom',
      backupAt: {
        weekdays: [],
        monthDays: [],
        times: [
          { hour: 3, minute: 0 },
          { hour: 15, minute: 30 },
        ],
      },
      forgetAfterBackup: false,
      drillAt: null,
      checkAt: { weekdays: ['Sat', 'Wed'], monthDays: [], times: [{ hour: 6, minute: 0 }] },
      lockWait: 0,
      lowPriority: false,
      limitUpload: 2048,
      limitCpus: 1,
      rows: 'wire',
      host: 'seatable.example.com',
      tag: 'prod',
      keep: { within: '1y5m7d2h', daily: 1, weekly: 2, monthly: 3, yearly: 4 },
      environment: { restic: { RESTIC_CACHE_DIR: '/srv/state/cache' }, tools: {} },
    })
  })

  it('lets the environment win over the file, and treats an empty value as not set', async () => {
    const { config, found } = await load(
      ['SEATABLE_RESTIC_TAG=file', 'SEATABLE_RESTIC_HOST=file', 'SEATABLE_RESTIC_DB_USER='],
      { SEATABLE_RESTIC_TAG: 'environment', SEATABLE_RESTIC_HOST: '' },
    )
    expect([config.tag, config.host, config.dbUser]).toEqual(['environment', 'file', 'root'])
    const origins = Object.fromEntries(found.map(({ name, origin }) => [name, origin]))
    expect(origins).toMatchObject({
      TAG: 'environment',
      HOST: { file: envFile, line: 2 },
      DB_USER: 'default',
    })
  })

  it('reads the healthcheck of the official backup container, and ours before it', async () => {
    const url = async (lines: readonly string[], environment = {}) =>
      (await configOf(lines, environment)).healthcheckUrl.map((place) => 'url' in place && place.url)
    expect(await url(['HEALTHCHECK_URL=https://hc-ping.com/theirs'])).toEqual(['https://hc-ping.com/theirs'])
    expect(await url([], { HEALTHCHECK_URL: 'https://hc-ping.com/theirs' })).toEqual(['https://hc-ping.com/theirs'])
    expect(
      await url(['SEATABLE_RESTIC_HEALTHCHECK_URL=https://hc-ping.com/ours'], { HEALTHCHECK_URL: 'https://theirs' }),
    ).toEqual(['https://hc-ping.com/ours'])
    expect((await load(['HEALTHCHECK_URL=https://hc-ping.com/theirs'])).warnings).toEqual([])
  })

  it('reads the file of --env-file before that of SEATABLE_RESTIC_ENV before the default one', async () => {
    const paths = await Promise.all(
      ['option', 'variable', 'default'].map(async (name) => {
        await writeFile(join(folder, name), `SEATABLE_RESTIC_TAG=${name}`, { mode: 0o600 })
        return join(folder, name)
      }),
    )
    const [option, variable = '', defaultEnvFile] = paths
    const tag = async (surroundings: { envFile?: string | undefined; environment: Record<string, string> }) =>
      (await loadConfig({ ...surroundings, hostname: 'here', uid, defaultEnvFile })).config.tag
    expect(await tag({ envFile: option, environment: { SEATABLE_RESTIC_ENV: variable } })).toBe('option')
    expect(await tag({ environment: { SEATABLE_RESTIC_ENV: variable } })).toBe('variable')
    expect(await tag({ environment: {} })).toBe('default')
    await rm(join(folder, 'default'))
    expect(await tag({ environment: {} })).toBe('seatable')
  })

  it('fails when the file that was named does not exist', async () => {
    const missing = join(folder, 'missing')
    await expect(
      loadConfig({ environment: { SEATABLE_RESTIC_ENV: missing }, hostname: 'here', uid }),
    ).rejects.toMatchObject({ message: `The env file ${missing} does not exist`, exitCode: 2 })
  })

  it('tells everything that is wrong at once, with its line', async () => {
    expect(
      await problemsOf(
        [
          'SEATABLE_RESTIC_ENGINE=dokcer',
          'oops',
          'SEATABLE_RESTIC_DATABSES=x',
          'SEATABLE_RESTIC_DATA_DIR=relative',
          'SEATABLE_RESTIC_DB_PASSWORD_COMMAND="hunter2 \'"',
          'SEATABLE_RESTIC_DATABASES=ccnet_db mysql my;db ccnet_db',
        ],
        { SEATABLE_RESTIC_KEEP_DAYLY: '3', SEATABLE_RESTIC_KEEP_WEEKLY: 'x' },
      ),
    ).toBe(
      [
        'The configuration is wrong in 10 places:',
        '  restic.env:1: SEATABLE_RESTIC_ENGINE="dokcer": must be docker, podman or none',
        '  restic.env:2: is not NAME=value, and not a comment',
        '  restic.env:3: SEATABLE_RESTIC_DATABSES is not a setting; did you mean SEATABLE_RESTIC_DATABASES?',
        '  restic.env:4: SEATABLE_RESTIC_DATA_DIR="relative": must be an absolute path, such as /opt/seatable',
        "  restic.env:5: SEATABLE_RESTIC_DB_PASSWORD_COMMAND: must be a command, but a ' is never closed",
        '  restic.env:6: SEATABLE_RESTIC_DATABASES="ccnet_db mysql my;db ccnet_db": "mysql" is the database server\'s own and cannot be restored',
        '  restic.env:6: SEATABLE_RESTIC_DATABASES="ccnet_db mysql my;db ccnet_db": "my;db" must be the name of a database: at most 64 letters, digits, "_", "$" and "-"',
        '  restic.env:6: SEATABLE_RESTIC_DATABASES="ccnet_db mysql my;db ccnet_db": "ccnet_db" is named twice',
        '  environment: SEATABLE_RESTIC_KEEP_DAYLY is not a setting; did you mean SEATABLE_RESTIC_KEEP_DAILY?',
        '  environment: SEATABLE_RESTIC_KEEP_WEEKLY="x": must be a whole number, 0 or more',
      ].join('\n'),
    )
  })

  it.each([
    ['DATA_PATHS=a/b', '"a/b" must be the plain name of a directory inside the data directory, without "/"'],
    ['DATA_PATHS=..', '".." must be the plain name of a directory inside the data directory, without "/"'],
    ['DATA_PATHS="\'a"', 'a \' is never closed; a path with a space is written "/like this"'],
    ['DATA_PATHS=,', 'must name at least one'],
    ['DATA_DIR=/', 'must not be the root directory'],
    ['DATA_DIR=//..', 'must not be the root directory'],
    ['STATE_DIR=var', 'must be an absolute path, such as /opt/seatable'],
    ['EXTRA_PATHS=/a b', '"b" must be an absolute path, such as /opt/seatable'],
    ['EXTRA_PATHS=/a /', '"/" must be an absolute path, such as /opt/seatable'],
    ['DATABASES=-x', '"-x" must be the name of a database: at most 64 letters, digits, "_", "$" and "-"'],
    ['DB_PORT=0', 'must be a port: a whole number from 1 to 65535'],
    ['DB_PORT=65536', 'must be a port: a whole number from 1 to 65535'],
    ['DB_PORT=3306x', 'must be a port: a whole number from 1 to 65535'],
    ['DB_HOST=-h', 'must be the name or address of a host'],
    ['DB_USER=-u', 'must be the name of a user, without spaces and quotes'],
    ['DB_CONTAINER=a b', 'must be the name of a container: letters, digits, "_", "." and "-"'],
    ['SERVER_CONTAINER=--rm', 'must be the name of a container: letters, digits, "_", "." and "-"'],
    ['TAG=a,b', 'must be one tag, without spaces and commas'],
    ['HOST=a b', 'must be a host name, without spaces and commas'],
    ['KEEP_WITHIN=7', 'must be a duration of years, months, days and hours, such as 7d or 1y5m7d2h'],
    ['KEEP_WITHIN=7w', 'must be a duration of years, months, days and hours, such as 7d or 1y5m7d2h'],
    ['KEEP_DAILY=-1', 'must be a whole number, 0 or more'],
    ['KEEP_DAILY=1.5', 'must be a whole number, 0 or more'],
    ['DB_PASSWORD_FILE=secret', 'must be an absolute path, such as /opt/seatable'],
  ])('refuses %s', async (assignment, problem) => {
    const [name = '', value = ''] = assignment.split('=')
    expect(await problemsOf([`SEATABLE_RESTIC_${assignment}`])).toBe(
      `The configuration is wrong: restic.env:1: SEATABLE_RESTIC_${name}="${value.replace(/^"(.*)"$/, '$1')}": ${problem}`,
    )
  })

  it.each([
    [
      ['DB_HOST=db'],
      'DB_HOST needs SEATABLE_RESTIC_ENGINE=none; a database in a container is found by SEATABLE_RESTIC_DB_CONTAINER',
    ],
    [
      ['DB_PORT=3306', 'ENGINE=docker'],
      'DB_PORT needs SEATABLE_RESTIC_ENGINE=none; a database in a container is found by SEATABLE_RESTIC_DB_CONTAINER',
    ],
    [
      ['DB_SOCKET=/s', 'ENGINE=podman'],
      'DB_SOCKET needs SEATABLE_RESTIC_ENGINE=none; a database in a container is found by SEATABLE_RESTIC_DB_CONTAINER',
    ],
    [
      ['DB_SOCKET=/s', 'ENGINE=none', 'DB_HOST=db'],
      'DB_SOCKET must not be set together with SEATABLE_RESTIC_DB_HOST or SEATABLE_RESTIC_DB_PORT',
    ],
    [['DB_CONTAINER=db', 'ENGINE=none'], 'DB_CONTAINER must not be set together with SEATABLE_RESTIC_ENGINE=none'],
    [
      ['DB_PASSWORD_FILE=/f', 'DB_PASSWORD=hunter2'],
      'DB_PASSWORD_FILE must not be set together with SEATABLE_RESTIC_DB_PASSWORD',
    ],
    [
      ['DB_PASSWORD_COMMAND=hunter2', 'DB_PASSWORD_FILE=/f'],
      'DB_PASSWORD_COMMAND must not be set together with SEATABLE_RESTIC_DB_PASSWORD_FILE',
    ],
    [
      ['DB_PASSWORD_COMMAND=c', 'DB_PASSWORD=hunter2'],
      'DB_PASSWORD_COMMAND must not be set together with SEATABLE_RESTIC_DB_PASSWORD',
    ],
    [
      ['KEEP_WITHIN=0d', 'KEEP_DAILY=0', 'KEEP_WEEKLY=0', 'KEEP_MONTHLY=0'],
      'KEEP_WITHIN and every other KEEP setting is 0: at least one must keep something',
    ],
  ])('refuses %j together', async (assignments, problem) => {
    expect(await problemsOf(assignments.map((assignment) => `SEATABLE_RESTIC_${assignment}`))).toBe(
      `The configuration is wrong: restic.env:1: SEATABLE_RESTIC_${problem}`,
    )
  })

  it('never shows the value of a secret', async () => {
    expect(await problemsOf(["SEATABLE_RESTIC_DB_PASSWORD='hunter2\u0007'"])).toBe(
      'The configuration is wrong: restic.env:1: SEATABLE_RESTIC_DB_PASSWORD holds a control character',
    )
    expect(await problemsOf([], { SEATABLE_RESTIC_DB_PASSWORD: 'hunter2\nx' })).toBe(
      'The configuration is wrong: environment: SEATABLE_RESTIC_DB_PASSWORD: must be one line, without control characters',
    )
  })

  it("ignores SeaTable's own variables, so that its .env can be shared", async () => {
    expect(
      await problemsOf([
        'SEATABLE_SERVER_HOSTNAME=seatable.example.com',
        'SEATABLE_MYSQL_ROOT_PASSWORD=x',
        'SEATABLE_RESTIC_BACKUP_IMAGE=seatable/restic-backup:1',
        'SEATABLE_RESTIC_ENV=/x',
      ]),
    ).toBe('none')
  })

  it("passes restic's variables on untouched, and to restic only", async () => {
    const { environment } = await configOf(
      [
        'RESTIC_REPOSITORY=/file',
        'RESTIC_PASSWORD="a # b"',
        'AWS_ACCESS_KEY_ID=key',
        'PROXY=file',
        'SEATABLE_RESTIC_TAG=x',
      ],
      {
        HOME: '/root',
        PATH: '/bin',
        DOCKER_HOST: 'unix:///x',
        RESTIC_REPOSITORY: '/environment',
        RESTIC_PASSWORD: '',
        RCLONE_CONFIG: '/r',
        B2_ACCOUNT_KEY: 'b',
        AZURE_ACCOUNT_KEY: 'z',
        GOOGLE_APPLICATION_CREDENTIALS: 'g',
        OS_PASSWORD: 'o',
        ST_KEY: 's',
        SEATABLE_RESTIC_HOST: 'h',
      },
    )
    expect(environment.restic).toEqual({
      HOME: '/root',
      PATH: '/bin',
      DOCKER_HOST: 'unix:///x',
      RESTIC_REPOSITORY: '/environment',
      RESTIC_PASSWORD: 'a # b',
      AWS_ACCESS_KEY_ID: 'key',
      PROXY: 'file',
      RCLONE_CONFIG: '/r',
      B2_ACCOUNT_KEY: 'b',
      AZURE_ACCOUNT_KEY: 'z',
      GOOGLE_APPLICATION_CREDENTIALS: 'g',
      OS_PASSWORD: 'o',
      ST_KEY: 's',
    })
    expect(environment.tools).toEqual({ HOME: '/root', PATH: '/bin', DOCKER_HOST: 'unix:///x' })
  })

  it('gives restic a cache directory only when it would have none', async () => {
    const cacheOf = async (environment: Record<string, string>) =>
      (await configOf([], environment)).environment.restic.RESTIC_CACHE_DIR
    expect(await cacheOf({})).toBe('/var/lib/seatable-restic/cache')
    expect(await cacheOf({ RESTIC_CACHE_DIR: '/c' })).toBe('/c')
    expect(await cacheOf({ HOME: '/root' })).toBeUndefined()
  })
})
