import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { onTerminal } from '../environment/on-terminal.ts'
import { describeWith } from '../environment/requirements.ts'
import { type HttpPlace, startHttpPlace } from '../fixture/http-place.ts'
import { runProgram } from '../program.ts'

await describeWith(['restic', 'root'], 'setup', () => {
  let folder: string
  let envFile: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-setup-'))
    envFile = join(folder, 'etc', 'restic.env')
    for (const name of ['seafile-data', 'seahub-data', 'storage-data', 'conf']) {
      await mkdir(join(folder, 'seatable', name), { recursive: true })
    }
    await mkdir(join(folder, 'etc'))
    await writeFile(envFile, settings(), { mode: 0o600 })
    const made = folder
    onTestFinished(() => rm(made, { recursive: true }))
  })

  // There is no database: what comes after the questions ends with the first backup.
  const settings = () =>
    [
      '# mine',
      `SEATABLE_RESTIC_DATA_DIR=${join(folder, 'seatable')}`,
      `SEATABLE_RESTIC_STATE_DIR=${join(folder, 'state')}`,
      'SEATABLE_RESTIC_ENGINE=none',
      'SEATABLE_RESTIC_SERVER_CONTAINER=none',
      `SEATABLE_RESTIC_DB_SOCKET=${join(folder, 'no.sock')}`,
      '',
    ].join('\n')

  const startPlace = async (): Promise<HttpPlace> => {
    const place = await startHttpPlace()
    onTestFinished(() => place.stop())
    return place
  }

  const repository = () => join(folder, 'backup', 'seatable')
  const passwordIn = (shown: string): string => /^ {4}([\w-]{32})\r?$/m.exec(shown)?.[1] ?? ''

  /** Every question, with what is typed: whatever stands there goes, or is taken. */
  const questions = () => [
    { question: /Where are snapshots kept/, keys: `\u0015${repository()}\r` },
    { question: /its last six characters/, keys: (shown: string) => `${passwordIn(shown).slice(-6)}\r` },
    { question: /How long are snapshots kept/, keys: '\r' },
    { question: /When is a backup made/, keys: '\u001502:30\r' },
    { question: /Who is told when a backup fails/, keys: '\r' },
    { question: /Write this, and make the first backup/, keys: '\r' },
  ]

  const environment = () => ({ PATH: process.env.PATH ?? '', HOME: folder, NO_COLOR: '1' })

  test('asks, writes what it showed, and goes on with the commands that a person would type', async () => {
    const { exitCode, shown } = await onTerminal(envFile, ['setup', '--without-schedule'], questions(), environment())
    const password = passwordIn(shown)
    expect(await readFile(join(folder, 'etc', 'restic-password'), 'utf8')).toBe(`${password}\n`)
    const text = await readFile(envFile, 'utf8')
    expect(text.startsWith(settings())).toBe(true)
    expect(text.slice(settings().length).split('\n')).toEqual([
      `RESTIC_REPOSITORY=${repository()}`,
      `RESTIC_PASSWORD_FILE=${join(folder, 'etc', 'restic-password')}`,
      'SEATABLE_RESTIC_KEEP_WITHIN=7d',
      'SEATABLE_RESTIC_KEEP_DAILY=14',
      'SEATABLE_RESTIC_KEEP_WEEKLY=8',
      'SEATABLE_RESTIC_KEEP_MONTHLY=24',
      'SEATABLE_RESTIC_BACKUP_AT=02:30',
      '',
    ])
    for (const file of [envFile, join(folder, 'etc', 'restic-password')])
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(repository())).toContain('config')
    expect(shown).toMatch(/\$ seatable-restic backup/)
    expect(shown).toMatch(/run `seatable-restic setup` again/)
    expect(exitCode).not.toBe(0)
    // Shown once, and typed back in part.
    expect(shown.split(password)).toHaveLength(2)
  })

  test.each([0, 1, 2, 3, 4, 5])('leaves nothing when it is interrupted at question %i', async (index) => {
    const before = questions().slice(0, index)
    const at = questions()[index]?.question ?? /never/
    const answers = [...before, { question: at, keys: '\u0003' }]
    const { exitCode, shown } = await onTerminal(envFile, ['setup', '--without-schedule'], answers, environment())
    expect([exitCode, shown.match(/nothing was done/)?.length]).toEqual([130, 1])
    expect((await readdir(folder, { recursive: true })).filter((name) => !name.startsWith('seatable'))).toEqual([
      'etc',
      'etc/restic.env',
    ])
    expect(await readFile(envFile, 'utf8')).toBe(settings())
  })

  test('tries the keys of a bucket at once, shows no secret one, and asks for another place when it is not let in', async () => {
    const bucket = await startPlace()
    const refused = { 'content-type': 'application/xml' }
    bucket.answers = (response) =>
      response
        .writeHead(403, refused)
        .end('<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>')
    const [where, ...others] = questions()
    const answers = [
      { question: /Where are snapshots kept/, keys: `\u0015s3:${bucket.url}/bucket\r` },
      { question: /AWS_ACCESS_KEY_ID/, keys: 'AKIAEXAMPLE\r' },
      { question: /AWS_SECRET_ACCESS_KEY/, keys: 's3-secret-51c7\r' },
      { question: /It does not answer: .*Where are snapshots kept/s, keys: where?.keys ?? '' },
      ...others,
    ]
    const { shown } = await onTerminal(envFile, ['setup', '--without-schedule'], answers, environment())
    expect(bucket.asked.map(({ headers }) => headers.authorization)).toContainEqual(
      expect.stringContaining('Credential=AKIAEXAMPLE/'),
    )
    expect(shown).not.toContain('s3-secret-51c7')
    const text = await readFile(envFile, 'utf8')
    expect(text).toContain(`RESTIC_REPOSITORY=${repository()}\n`)
    expect(text).not.toMatch(/AWS_|s3-secret/)
  })

  test('sends a message to whom it shall tell, and writes where to when it has arrived', async () => {
    const place = await startPlace()
    const address = `webhook+${place.url}/token-secret`
    const answers = questions().flatMap((one) =>
      one.question.test('Who is told when a backup fails')
        ? [
            { ...one, keys: `${address}\r` },
            { question: /Did it arrive/, keys: '\r' },
          ]
        : [one],
    )
    const { shown } = await onTerminal(envFile, ['setup', '--without-schedule'], answers, environment())
    expect(JSON.parse(place.asked[0]?.body ?? '')).toMatchObject({ event: 'test' })
    expect(shown).toContain('✔ webhook (SEATABLE_RESTIC_NOTIFY) answered')
    expect(await readFile(envFile, 'utf8')).toContain(`SEATABLE_RESTIC_NOTIFY=${address}\n`)
  })

  test('shows what it would do without doing it, and asks nothing for that', async () => {
    const env = { ...environment(), SEATABLE_RESTIC_ENV: envFile }
    const { code, stderr } = await runProgram(
      ['setup', '--dry-run', '--repository', repository(), '--keep', 'long'],
      env,
    )
    expect(code).toBe(0)
    expect(stderr).toContain(`+ RESTIC_REPOSITORY=${repository()}\n`)
    expect(stderr).toContain('+ SEATABLE_RESTIC_KEEP_DAILY=30\n')
    expect(await readdir(join(folder, 'etc'))).toEqual(['restic.env'])
  })

  test('refuses where nobody can be asked, with the line that would do it', async () => {
    const { code, stderr } = await runProgram(['setup', '--repository', repository()], { SEATABLE_RESTIC_ENV: envFile })
    expect(code).toBe(2)
    expect(stderr).toContain(
      `Hint: Without questions: seatable-restic setup --repository ${repository()} --keep usual --backup-at '03:00' --yes`,
    )
  })
})
