import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { scripts } from '../../../src/commands/completion/scripts.ts'
import { loadCommands } from '../../../src/commands/table.ts'
import { settingNames } from '../../../src/config/settings/table.ts'
import { ids, keepManifests, twoSnapshots } from '../../fixture/kept-manifests.ts'
import { leastComputed } from '../../fixture/least-computed.ts'
import { runProgram } from '../../program.ts'

const commands = await loadCommands()

let dir: string
let stateDir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'answer-'))
  stateDir = join(dir, 'state')
  await keepManifests(stateDir, twoSnapshots)
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const warm = () => ({ HOME: dir, SEATABLE_RESTIC_STATE_DIR: stateDir })

/** What fish is told: who lists, and the words with what they are. */
const ask = async (words: string, env: Record<string, string> = warm()) => {
  const { code, stdout, stderr } = await runProgram(['__complete', 'fish', ...words.split(' ')], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [who, ...lines] = stdout.split('\n').slice(0, -1)
  return { who, values: lines.map((line) => line.split('\t')[0]), lines }
}
const valuesOf = async (words: string, env?: Record<string, string>) => (await ask(words, env)).values

/** What bash puts into the line. */
const inBash = async (line: string, type = '9') => {
  const { stdout } = await runProgram(['__complete', 'bash', type, ' \t\n"\'@><=;|&(:', '100', line], warm())
  return stdout.split('\n').slice(1, -1)
}

const short = (id: string) => id.slice(0, 8)

describe('what can be typed', () => {
  test('is first a command, also behind options of every command', async () => {
    const all = [...commands.map(({ name }) => name), 'help']
    expect(await valuesOf('')).toEqual(all)
    expect(await valuesOf('--json --env-file /no/such/file ')).toEqual(all)
    expect(await valuesOf('help ')).toEqual(all)
  })

  test.each(commands)('behind $name - is each of its options', async ({ name, options }) => {
    const values = await valuesOf(`${name} -`)
    for (const key of Object.keys(options))
      expect(values).toContain(`--${key.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}`)
    expect(values).toEqual(expect.arrayContaining(['--env-file', '--json', '--quiet', '--verbose', '--help']))
  })

  test('is no option that was given, or that contradicts one that was; one that can be repeated is', async () => {
    const values = await valuesOf('restore --json --target /srv/x --database ccnet_db -')
    expect(values).toContain('--database')
    for (const gone of ['--json', '--target', '--in-place', '--extra']) expect(values).not.toContain(gone)
    expect(await valuesOf('restore --at 2026-05-04 4')).not.toContain(short(ids.newest))
  })

  test('is a snapshot of the local cache, newest first, with its age and rows', async () => {
    const { lines } = await ask('restore ')
    expect(lines.map((line) => line.replace(/\d+ days/, 'N days'))).toEqual([
      'latest\tthe newest',
      '42340000\tN days ago, 2026-05-04 03:00, 92,268 rows'.replace('42340000', short(ids.newest)),
      `${short(ids.older)}\tN days ago, 2026-05-03 03:00, 91,400 rows`,
    ])
    expect(await valuesOf(`drill ${ids.older.slice(0, 10)}`)).toContain(ids.older)
  })

  test('is a database or a directory of the snapshot that was named, and of the settings, but none twice', async () => {
    const env = { ...warm(), SEATABLE_RESTIC_DATABASES: 'ccnet_db other_db' }
    expect(await valuesOf('restore --database ', env)).toEqual(['ccnet_db', 'dtable_db', 'other_db'])
    expect(await valuesOf('restore --database ccnet_db ', env)).toEqual(['dtable_db', 'other_db'])
    expect(await valuesOf('restore --directory ')).toContain("it's: one$")
    expect(await valuesOf(`restore ${short(ids.older)} --directory `)).not.toContain("it's: one$")
  })

  test('is a setting, a hook, a shell', async () => {
    expect(await valuesOf('config ')).toEqual(settingNames)
    expect(await valuesOf('hook ')).toEqual(['pre-backup', 'post-backup', 'pre-restore', 'post-restore'])
    expect(await valuesOf('completion ')).toEqual(['bash', 'zsh', 'fish'])
  })

  test('is a file or a directory that the shell lists', async () => {
    expect(await ask('--env-file ')).toMatchObject({ who: 'files', values: [] })
    expect(await ask('restore --env-file=/e')).toMatchObject({ who: 'files', values: [] })
    expect(await ask('restore --target ')).toMatchObject({ who: 'directories', values: [] })
  })

  test.each([
    '-- ',
    'restore -- ',
    'restic ',
    'restic snapshots ',
    'bakup ',
    'hook post-backup ',
    'check --read-data-subset ',
  ])('is nothing behind %s', async (words) => {
    expect(await ask(words)).toMatchObject({ who: 'values', values: [] })
  })
})

describe('where nothing is known', () => {
  test.each([
    ['nothing was kept yet', { SEATABLE_RESTIC_STATE_DIR: '/no/such/state' }],
    ['a setting is wrong', { SEATABLE_RESTIC_ENGINE: 'wrong' }],
    ['there is no env file of that name', { SEATABLE_RESTIC_ENV: '/no/such/file' }],
  ])('because %s, nothing is said, and no error', async (_why, env) => {
    expect(await ask('restore ', { ...warm(), ...env })).toMatchObject({ who: 'values', values: [] })
  })

  test('because the env file is not to be trusted, nothing is said', async () => {
    const envFile = join(dir, 'open.env')
    await writeFile(envFile, `SEATABLE_RESTIC_STATE_DIR=${stateDir}\n`)
    await chmod(envFile, 0o600)
    const words = `--env-file ${envFile} restore 4`
    expect(await valuesOf(words, { HOME: dir })).toContain(short(ids.newest))
    expect(await valuesOf(`--env-file ~/open.env restore 4`, { HOME: dir })).toContain(short(ids.newest))
    await chmod(envFile, 0o666)
    expect(await valuesOf(words, { HOME: dir })).toEqual([])
  })

  test('of a manifest that was cut, or whose names would move the cursor, the others are told', async () => {
    const folder = join(dir, 'torn/manifests')
    await mkdir(folder, { recursive: true })
    await keepManifests(join(dir, 'torn'), [
      { ...(twoSnapshots[0] as (typeof twoSnapshots)[0]) },
      { id: 'c'.repeat(64), instant: '2026-05-05T03:00:02.000Z', databases: { 'evil\u001b[2J': 1 }, directories: [] },
    ])
    await writeFile(join(folder, `${'d'.repeat(64)}.json`), '{"instant": "2026-')
    await writeFile(join(folder, `${'e'.repeat(64)}.json`), '')
    expect(await valuesOf('restore ', { ...warm(), SEATABLE_RESTIC_STATE_DIR: join(dir, 'torn') })).toEqual([
      'latest',
      short(ids.older),
    ])
  })
})

describe('bash', () => {
  test.each([
    ['seatable-restic restore 42', [short(ids.newest)]],
    ['seatable-restic restore --directory my', ['my\\ \\"own\\"\\ files']],
    ['seatable-restic restore --directory "my ', ['my \\"own\\" files']],
    ["seatable-restic restore --directory 'my ", ['my "own" files']],
    ["seatable-restic restore --directory it\\'s:\\ ", [' one\\$'.replace(' ', '\\ ')]],
    ["seatable-restic restore --directory 'it", []],
    ['seatable-restic restore --at 2026-05-04T03:', ['00:02.000Z']],
    ['seatable-restic restore --at=2026-05-04', ['2026-05-04T03:00:02.000Z']],
    ['seatable-restic restore -n', ['-n']],
    ['seatable-restic', []],
  ])('of %s puts %j into the line', async (line, put) => {
    expect(await inBash(line)).toEqual(put)
  })

  test('never gets a line that it would run, nor one with more than the word, but where it only lists', async () => {
    expect(await inBash('seatable-restic restore --directory it')).toEqual(["it\\'s:\\ one\\$"])
    for (const line of await inBash('seatable-restic restore ', '63')) expect(line.length).toBeGreaterThanOrEqual(50)
  })
})

test('the scripts are printed as they are, and as a document', async () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    expect(await runProgram(['completion', shell], {})).toEqual({ code: 0, stdout: scripts[shell], stderr: '' })
  }
  expect(JSON.parse((await runProgram(['completion', 'bash', '--json'], {})).stdout)).toEqual({
    shell: 'bash',
    script: scripts.bash,
  })
})

test('a TAB computes for less than 300 ms, also where two hundred snapshots are known', async () => {
  const many = await mkdtemp(join(tmpdir(), 'many-snapshots-'))
  onTestFinished(() => rm(many, { recursive: true }))
  const snapshots = Array.from({ length: 200 }, (_, at) => ({
    id: at.toString(16).padStart(64, '0'),
    instant: new Date(Date.UTC(2026, 0, 1 + at, 3)).toISOString(),
    databases: { ccnet_db: at, seafile_db: at, dtable_db: at },
    directories: ['seafile-data', 'seahub-data', 'storage-data'],
  }))
  await keepManifests(many, snapshots)
  const asked = ['dist/main.js', '__complete', 'fish', 'restore', '']
  const env = { HOME: many, SEATABLE_RESTIC_STATE_DIR: many }
  expect((await valuesOf('restore ', env)).filter((value) => /^[0-9a-f]{8}$/.test(value ?? ''))).toHaveLength(200)
  const { least, allowed } = await leastComputed(300, asked, env)
  expect(least).toBeLessThan(allowed)
})
