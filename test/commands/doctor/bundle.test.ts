import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { prefix, type Setting } from '../../../src/config/settings/setting.ts'
import { settings } from '../../../src/config/settings/table.ts'
import { hide, hostsIn } from '../../../src/jobs/bundle/hide.ts'
import { writeArchive } from '../../../src/jobs/bundle/write-archive.ts'
import { runProgram } from '../../program.ts'

let dir: string
let stateDir: string
let bundle: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bundle-'))
  stateDir = join(dir, 'state')
  bundle = join(dir, 'report.tar.gz')
  for (const folder of ['staging', 'landing/seafile-data']) await mkdir(join(stateDir, folder), { recursive: true })
  await writeFile(join(stateDir, 'staging/ccnet_db.sql'), 'INSERT planted-row')
  await writeFile(join(stateDir, 'landing/planted-name-of-a-file'), '')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const planted = (name: string) => `planted "${name}" = $ecret/${name.toLowerCase()}`

const secretSettings = Object.entries<Setting>(settings).flatMap(([name, { secret }]) =>
  secret || name.endsWith('_COMMAND') ? [prefix + name] : [],
)
const otherSecrets = [
  'RESTIC_PASSWORD',
  'RESTIC_PASSWORD_COMMAND',
  'RESTIC_REST_PASSWORD',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AZURE_ACCOUNT_SAS',
  'B2_ACCOUNT_KEY',
  'OS_PASSWORD',
  'HEALTHCHECK_URL',
  'MYSQL_ROOT_PASSWORD',
  'SEATABLE_MYSQL_ROOT_PASSWORD',
  'SEATABLE_EMAIL_HOST_PASSWORD',
  'UNRELATED_API_TOKEN',
  'ANYTHING',
]

/** What no program is found in: doctor finds nothing right, and asks nobody. */
const nowhere = () => ({ PATH: join(dir, 'nothing'), HOME: dir, SEATABLE_RESTIC_STATE_DIR: stateDir })

const unpack = async () => {
  const into = join(dir, 'unpacked')
  await mkdir(into)
  await promisify(execFile)('tar', ['-xzf', bundle, '-C', into])
  const folder = join(into, 'seatable-restic-bundle')
  const names = await readdir(folder)
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return new Map(names.map((name, index) => [name, texts[index] ?? '']))
}

const documents = [
  'README.txt',
  'config.json',
  'containers.json',
  'doctor.json',
  'history.json',
  'state.json',
  'versions.json',
]

const expectNothingPlanted = (files: ReadonlyMap<string, string>) => {
  for (const [name, text] of files) expect({ name, at: /.*planted.*/.exec(text)?.[0] }).toEqual({ name, at: undefined })
}

describe('doctor --bundle', () => {
  test('where doctor fails: what it found, settings, versions, state and history, and no secret of any', async () => {
    const lines = ['DB_PASSWORD', 'STOP_COMMAND', 'START_COMMAND', 'NOTIFY', 'HEALTHCHECK_URL', 'SMTP_URL'].map(
      (name) => `${prefix}${name}='${planted(name)}'`,
    )
    const envFile = join(dir, 'restic.env')
    await writeFile(
      envFile,
      [
        ...lines,
        'RESTIC_REPOSITORY=rest:https://planted-user:planted-password@backup.example.com:8000/x',
        'SEATABLE_RESTIC_TAG=prod',
        'SEATABLE_RESTIC_ENGINE=none',
        'SEATABLE_RESTIC_DB_HOST=db.internal.example.com',
      ].join('\n'),
      { mode: 0o600 },
    )
    const run = {
      ...{ format: 1, id: 'one', command: 'backup', by: 'person', began: '2026-05-04T03:00:00Z' },
      ...{ ended: '2026-05-04T03:01:00Z', exitCode: 1, warnings: [], facts: {} },
      error: { message: `no answer of db.internal.example.com: ${planted('DB_PASSWORD')}`, hint: '' },
    }
    await writeFile(join(stateDir, 'history.jsonl'), `${JSON.stringify(run)}\n`)
    const env = { ...nowhere(), ...Object.fromEntries(otherSecrets.map((name) => [name, planted(name)])) }

    const end = await runProgram(['doctor', '--bundle', bundle, '--env-file', envFile], env)

    expect(end.code).toBe(1)
    expect(end.stderr).toContain(`Written to ${bundle}. Look through it before you send it to anybody.`)
    expect(((await stat(bundle)).mode & 0o777).toString(8)).toBe('600')
    const files = await unpack()
    expect([...files.keys()].toSorted()).toEqual(documents)
    expectNothingPlanted(files)
    const read = (name: string) => JSON.parse(files.get(name) ?? '')
    expect(read('doctor.json').checks.length).toBeGreaterThan(3)
    expect(read('config.json').settings).toContainEqual(
      expect.objectContaining({ name: 'SEATABLE_RESTIC_TAG', value: 'prod', line: 8 }),
    )
    expect(read('config.json').settings).toContainEqual(
      expect.objectContaining({ name: 'SEATABLE_RESTIC_DB_PASSWORD', value: '(set)' }),
    )
    expect(read('versions.json')).toMatchObject({ node: process.version, system: expect.any(String), restic: null })
    expect(read('history.json')).toMatchObject([{ id: 'one', error: { message: 'no answer of (host): ***' } }])
    const listed = read('state.json').map(({ path, entries }: { path: string; entries?: number }) => [path, entries])
    expect(listed).toEqual(
      expect.arrayContaining([
        ['staging', 1],
        ['staging/ccnet_db.sql', undefined],
        ['landing', 2],
      ]),
    )
    for (const text of files.values()) expect(text).not.toMatch(/example\.com/)
  })

  test('where no setting is right: why, and no secret of any setting', async () => {
    const env = {
      ...nowhere(),
      ...Object.fromEntries([...secretSettings, ...otherSecrets].map((name) => [name, planted(name)])),
      SEATABLE_RESTIC_ENGINE: 'wrong',
      SEATABLE_RESTIC_STOP_COMMAND: 'ssh --password planted "unclosed',
      SEATABLE_RESTIC_KEEP_DAILY: 'never',
    }
    const { code } = await runProgram(['doctor', '--bundle', bundle], env)
    expect(code).toBe(1)
    const files = await unpack()
    expect([...files.keys()].toSorted()).toEqual(documents)
    expectNothingPlanted(files)
    expect(JSON.parse(files.get('config.json') ?? '').wrong).toContain('SEATABLE_RESTIC_ENGINE="wrong"')
    expect(JSON.parse(files.get('doctor.json') ?? '')).toMatchObject({ ok: false, checks: [{ id: 'settings' }] })
  })

  test('where the env file cannot be trusted: nothing of it', async () => {
    const envFile = join(dir, 'restic.env')
    await writeFile(envFile, 'SEATABLE_RESTIC_TAG=planted\n')
    await promisify(execFile)('chmod', ['666', envFile])
    await runProgram(['doctor', '--bundle', bundle, '--env-file', envFile], nowhere())
    const files = await unpack()
    expectNothingPlanted(files)
    expect(files.get('doctor.json')).toContain('can be written by others')
  })

  test('replaces no file, and looks at nothing before it says so', async () => {
    await writeFile(bundle, 'kept')
    const end = await runProgram(['doctor', '--bundle', bundle], nowhere())
    expect(end).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`Error: ${bundle} exists already`),
    })
    expect(await readFile(bundle, 'utf8')).toBe('kept')
  })

  test('replaces no file that came while doctor looked', async () => {
    await writeFile(bundle, 'kept')
    await expect(writeArchive(bundle, new Map([['a', 'b']]), new Date())).rejects.toThrow('exists already')
    await writeFile(`${dir}/new.partial`, 'kept')
    await expect(writeArchive(`${dir}/new`, new Map([['a', 'b']]), new Date())).rejects.toThrow('could not be written')
    expect(await readFile(bundle, 'utf8')).toBe('kept')
    expect((await readdir(dir)).toSorted()).toEqual(['new.partial', 'report.tar.gz', 'state'])
  })

  test('where it cannot be written: what doctor found is told all the same, and nothing is left', async () => {
    const folder = join(dir, 'no', 'such')
    const end = await runProgram(['doctor', '--bundle', join(folder, 'x.tar.gz')], nowhere())
    expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining('could not be written') })
    expect(end.stdout).toContain('Programs')
    expect(await readdir(dir)).toEqual(['state'])
  })
})

describe('what is hidden', () => {
  test.each([
    ['sftp:user@nas.example.com:/srv/a.b', ['nas.example.com']],
    ['s3:https://s3.example.com/bucket.name', ['s3.example.com']],
    ['s3:s3.amazonaws.com/bucket', ['s3.amazonaws.com']],
    ['rest:http://10.0.0.5:8000/x', ['10.0.0.5']],
    ['/srv/backup.old/x', []],
  ])('in %s are the hosts %j', (address, hosts) => {
    expect(hostsIn(address)).toEqual(hosts)
  })

  test('is a secret in every spelling, the longest first, and no word that is short', () => {
    const hidden = {
      secrets: ['pass"word', 'pass"word-long', 'abc'],
      hosts: ['mariadb', '127.0.0.1', 'db.example.com'],
    }
    expect(hide('pass\\"word-long pass%22word pass"word abc mariadb 127.0.0.1 db.example.com', hidden)).toBe(
      '*** *** *** abc mariadb 127.0.0.1 (host)',
    )
  })
})
