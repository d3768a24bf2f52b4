import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dueTimes } from '../../../src/config/settings/due-times.ts'
import { findCallers } from '../../../src/jobs/schedule/callers.ts'
import { cronFile } from '../../../src/jobs/schedule/cron-file.ts'
import { differenceOf, findFile, withMarker } from '../../../src/jobs/schedule/own-file.ts'
import { serviceUnit, timerUnit } from '../../../src/jobs/schedule/units.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'seatable-restic-schedule-'))
})

afterEach(() => rm(root, { recursive: true, force: true }))

const write = async (path: string, text: string): Promise<string> => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
  return join(root, path)
}

const words = ['/opt/my node/bin/node', '--', '/usr/local/bin/seatable-restic', 'schedule', 'run']
const options = {
  words,
  environment: { PATH: '/usr/bin:/bin', HOME: '/root', SEATABLE_RESTIC_ENV: '/etc/50% $x/restic.env' },
  times: ['03:00', 'Sun 05:00', '1 06:00'].map((text) => dueTimes.parse(text)),
  version: 252,
  hardened: true,
  sharesTmp: false,
}

describe('a file of the schedule', () => {
  test('is known by its first line, and known to be edited by anything else', async () => {
    const text = withMarker('[Unit]\nA=1\n')
    const standing = async (content: string) => (await findFile(await write('unit', content))).standing
    expect((await findFile(join(root, 'none'))).standing).toBe('absent')
    expect(await standing(text)).toBe('ours')
    expect(await standing(text.replace('A=1', 'A=2'))).toBe('edited')
    expect(await standing('[Unit]\nA=1\n')).toBe('foreign')
  })

  test('shows what would change in it', async () => {
    const found = await findFile(await write('unit', 'a\nb\nc\n'))
    expect(differenceOf(found, 'a\nB\nc\n')).toContain('-b\n+B\n')
    expect(differenceOf(found, 'a\nb\nc\n')).toBe('')
    expect(differenceOf(found, null)).toContain('-a\n-b\n-c\n')
  })

  test('says to systemd what to run, and with what, whatever stands in paths', () => {
    const unit = serviceUnit(options)
    expect(unit).toContain('\nExecStart="/opt/my node/bin/node" -- /usr/local/bin/seatable-restic schedule run\n')
    expect(unit).toContain('\nEnvironment="SEATABLE_RESTIC_ENV=/etc/50%% $$x/restic.env"\n')
  })

  test('calls at each time, at noon, and when the machine has started', () => {
    expect(timerUnit(options).match(/^On.*/gm)).toEqual([
      'OnCalendar=*-*-* 03:00:00',
      'OnCalendar=Sun *-*-* 05:00:00',
      'OnCalendar=*-*-01 06:00:00',
      'OnCalendar=*-*-* 12:00:00',
      'OnBootSec=5min',
    ])
    expect(timerUnit({ ...options, version: 246 })).not.toContain('FixedRandomDelay')
  })

  test('is hardened, but for Podman, and shares /tmp where that is needed', () => {
    expect(serviceUnit(options)).toContain('\nPrivateTmp=yes\n')
    expect(serviceUnit({ ...options, sharesTmp: true })).not.toContain('PrivateTmp')
    expect(serviceUnit({ ...options, hardened: false })).not.toContain('Protect')
  })

  test('says the same to cron', () => {
    const command = "'/opt/my node/bin/node' -- /usr/local/bin/seatable-restic schedule run --quiet"
    const lines = cronFile({ ...options, words: [...words] }).split('\n')
    expect(lines.slice(-6, -1)).toEqual([
      `0 3 * * *  root  ${command}`,
      `0 5 * * 0  root  ${command}`,
      `0 6 1 * *  root  ${command}`,
      `0 12 * * *  root  ${command}`,
      `@reboot  root  sleep 300; ${command}`,
    ])
  })
})

describe('what else calls us', () => {
  const found = async (own: readonly string[] = []) =>
    (await findCallers(own, root)).map(({ what, makesBackups }) => [what.replace(`${root}/`, '/'), makesBackups])

  test('is nothing on a bare host, and nothing of our own', async () => {
    expect(await found()).toEqual([])
    await write('etc/cron.d/seatable-restic', '0 3 * * * root seatable-restic schedule run\n')
    expect(await found(['/etc/cron.d/seatable-restic'])).toEqual([])
  })

  test('is a service that a timer starts, by its name or another, and none that nothing starts', async () => {
    await write('etc/systemd/system/seatable-backup.service', 'ExecStartPre=seatable-restic hook pre-backup\n')
    await write('etc/systemd/system/seatable-backup.timer', '[Timer]\n')
    await write('etc/systemd/system/nightly.service', 'ExecStart=/usr/bin/seatable-restic drill\n')
    await write('etc/systemd/system/sunday.timer', '[Timer]\nUnit=nightly.service\n')
    await write(
      'etc/systemd/system/other.service',
      '# seatable-restic backup\nReadWritePaths=/var/lib/seatable-restic\n',
    )
    await write('etc/systemd/system/timers.target.wants/other.service', '')
    expect(await found()).toEqual([])
    for (const name of ['seatable-backup.timer', 'sunday.timer'])
      await write(`etc/systemd/system/timers.target.wants/${name}`, '')
    expect(await found()).toEqual([
      ['the systemd service nightly.service', false],
      ['the systemd service seatable-backup.service', true],
    ])
  })

  test.each([
    ['etc/cron.d/backup', '0 3 * * * root seatable-restic backup --quiet\n', true],
    ['etc/crontab', '0 3 * * * root seatable-restic --env-file /x backup && true\n', true],
    ['var/spool/cron/crontabs/root', '0 3 * * * seatable-backup\n', true],
    ['etc/cron.daily/drill', '#!/bin/sh\nseatable-restic drill --quiet\n', false],
  ])('is a line of cron in %s', async (path, text, makesBackups) => {
    await write(path, text)
    expect(await found()).toEqual([[`a line of cron in /${path}`, makesBackups]])
  })

  test.each([
    ['etc/resticprofile/profiles.yaml', 'run-before: "seatable-restic hook pre-backup"\n', 'resticprofile'],
    ['root/.autorestic.yml', 'before:\n  - seatable-restic hook pre-backup\n', 'autorestic'],
    ['home/anna/.config/backrest/config.json', '"command": "seatable-restic hook pre-backup"\n', 'backrest'],
  ])('is a wrapper with our hooks in %s', async (path, text, name) => {
    await write(path, `# seatable-restic\n${text}`)
    expect(await found()).toEqual([[`${name} (/${path})`, true]])
  })
})
