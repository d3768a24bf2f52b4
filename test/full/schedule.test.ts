import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../environment/requirements.ts'
import { type SystemContainer, startSystemOfSeatable } from '../environment/system-container.ts'

const state = '/var/lib/seatable-restic'
const envFile = '/etc/seatable-restic/restic.env'

/** Settings of tests before this one are gone. */
const withSettings = (...lines: readonly string[]): string =>
  [`sed -i '/_AT=/d;/LOCK_WAIT=/d' ${envFile}`, ...lines.map((line) => `echo '${line}' >> ${envFile}`)].join('\n')

/** As if nothing had ever been done, and it had been installed long ago. */
const everythingIsDue = `rm -f ${state}/history*.jsonl
echo '{"since":"2020-01-01T00:00:00.000Z"}' > ${state}/schedule.json`

const onlyBackups = withSettings('SEATABLE_RESTIC_DRILL_AT=off', 'SEATABLE_RESTIC_CHECK_AT=off')

interface Line {
  readonly command: string
  readonly by: string
  readonly exitCode: number
}

const historyOf = async ({ must }: SystemContainer): Promise<string[]> =>
  (await must(`cat ${state}/history.jsonl 2>/dev/null || true`))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .map(({ command, by, exitCode }) => `${command} by ${by}: ${exitCode}`)

await describeWith(['docker', 'root'], 'with systemd, on Debian 12', () => {
  let host: SystemContainer

  beforeAll(async () => {
    host = await startSystemOfSeatable('systemd')
    await host.must('seatable-restic init --quiet && seatable-restic backup --quiet')
  })

  afterAll(() => host?.remove())

  const unit = (property: string): Promise<string> =>
    host.must(`systemctl show --value --property=${property} seatable-restic.service`)

  test('the schedule is installed, and proves that it runs', async () => {
    const { exitCode, stdout, stderr } = await host.sh('seatable-restic schedule install --yes')
    expect([exitCode, stderr.match(/Error.*/)]).toEqual([0, null])
    expect(stderr).toContain('/etc/systemd/system/seatable-restic.timer is written:')
    expect(stdout).toContain('Installed: the timer seatable-restic.timer')
    expect(await host.must('systemctl is-enabled seatable-restic.timer')).toBe('enabled')
    expect(await host.must('journalctl -o cat -u seatable-restic.service')).toContain('Nothing was due.')
    expect(
      (await host.sh('systemd-analyze verify --man=no seatable-restic.timer seatable-restic.service')).stderr,
    ).toBe('')
    expect(await historyOf(host)).not.toContain('backup by schedule: 0')
  })

  test('it says when it runs, and doctor that it does', async () => {
    const shown = JSON.parse(await host.must('seatable-restic schedule show --json'))
    expect(shown).toMatchObject({ by: 'systemd', active: true, withoutBackup: false, callers: [] })
    expect(Date.parse(shown.next)).toBeGreaterThan(Date.now() - 60_000)
    const { checks } = JSON.parse((await host.sh('seatable-restic doctor --json')).stdout)
    expect(checks.find(({ id }: { id: string }) => id === 'schedule')).toMatchObject({ status: 'ok' })
  })

  test('installed again it stays as it is', async () => {
    const { stderr } = await host.sh('seatable-restic schedule install --yes')
    expect(stderr.match(/stays as it is/g)).toHaveLength(3)
    expect(stderr).not.toContain('is replaced')
  })

  test('a missed night is made up for, with all that is due, one after the other', async () => {
    // As the timer is, but without what delays it, and without the start of the machine.
    await host.must(`${withSettings()}
      mkdir -p /etc/systemd/system/seatable-restic.timer.d
      printf '[Timer]\\nOnBootSec=\\nOnCalendar=*-*-* 03:00:00\\nRandomizedDelaySec=0\\n' > /etc/systemd/system/seatable-restic.timer.d/test.conf
      systemctl stop seatable-restic.timer
      systemctl daemon-reload
      ${everythingIsDue}
      touch -d '2 days ago' /var/lib/systemd/timers/stamp-seatable-restic.timer
      systemctl start seatable-restic.timer`)
    await host.until(`grep '"check"' ${state}/history.jsonl`)
    await host.until('systemctl show --property=ActiveState seatable-restic.service | grep inactive')
    expect(await historyOf(host)).toEqual([
      'backup by schedule: 0',
      'forget by schedule: 0',
      'drill by schedule: 0',
      'check by schedule: 0',
    ])
    expect(await unit('Result')).toBe('success')
    expect(await host.must('journalctl -o cat -p warning -u seatable-restic.service')).not.toContain('Dumping')
  })

  test('systemctl status shows the step', async () => {
    await host.must(`${onlyBackups}\n${everythingIsDue}\nsystemctl start --no-block seatable-restic.service`)
    await host.until(
      `systemctl show --value --property=StatusText seatable-restic.service | grep -E '^(Looking|Dumping|Saving)'`,
    )
    await host.until(`grep '"forget"' ${state}/history.jsonl`)
  })

  test('a lock is waited for, and then nothing is done twice', async () => {
    await host.must(`${onlyBackups}\n${everythingIsDue}`)
    await host.must(`(flock ${state}/lock sleep 1000 & echo $! > /tmp/holder) >/dev/null 2>&1
      systemctl start --no-block seatable-restic.service`)
    await host.until(`grep '"backup"' ${state}/history.jsonl`)
    await host.must('pkill -P $(cat /tmp/holder)')
    await host.until(`grep '"forget"' ${state}/history.jsonl`)
    expect(await historyOf(host)).toEqual(['backup by schedule: 11', 'backup by schedule: 0', 'forget by schedule: 0'])
    expect(await unit('NRestarts')).toBe('0')
  })

  test('one that is held for longer is tried again by systemd, and nothing else is', async () => {
    await host.must(`${onlyBackups}\necho SEATABLE_RESTIC_LOCK_WAIT=0 >> ${envFile}\n${everythingIsDue}
      mkdir -p /etc/systemd/system/seatable-restic.service.d
      printf '[Service]\\nRestartSec=2s\\n' > /etc/systemd/system/seatable-restic.service.d/test.conf
      systemctl daemon-reload
      (flock ${state}/lock sleep 1000 & echo $! > /tmp/holder) >/dev/null 2>&1
      systemctl start --no-block seatable-restic.service`)
    await host.until('systemctl show --property=SubState seatable-restic.service | grep auto-restart')
    await host.must('pkill -P $(cat /tmp/holder)')
    await host.until(`grep '"forget"' ${state}/history.jsonl`)
    const done = await historyOf(host)
    expect(done.filter((line) => line !== 'backup by schedule: 11')).toEqual([
      'backup by schedule: 0',
      'forget by schedule: 0',
    ])
    expect(Number(await unit('NRestarts'))).toBeGreaterThan(0)
  })

  test('a failure is told by a unit of its own, in the journal by its priority, and is not repeated', async () => {
    await host.must(`${onlyBackups}\n${everythingIsDue}\nmv /srv/backup/seatable /srv/backup/away`)
    try {
      expect((await host.sh('systemctl start seatable-restic.service')).exitCode).not.toBe(0)
      await host.until('journalctl -o cat -t seatable-restic | grep "exit status 10"')
      expect(await host.must('journalctl -o cat -p err -u seatable-restic.service')).toMatch(
        /^Error: There is no restic repository/m,
      )
      expect([await unit('ActiveState'), await unit('SubState')]).toEqual(['failed', 'failed'])
      await host.must('systemctl reset-failed seatable-restic.service; systemctl start seatable-restic.service')
      expect(await historyOf(host)).toEqual(['backup by schedule: 10'])
    } finally {
      await host.must('mv /srv/backup/away /srv/backup/seatable')
    }
  })

  test('a run that is stopped ends in order, and is made up for', async () => {
    await host.must(`${onlyBackups}\n${everythingIsDue}
      dd if=/dev/urandom of=/opt/seatable-server/seatable/storage-data/large bs=1M count=300 2>/dev/null
      systemctl start --no-block seatable-restic.service`)
    await host.until(
      `systemctl show --value --property=StatusText seatable-restic.service | grep '^Saving the snapshot'`,
    )
    await host.must('systemctl stop seatable-restic.service')
    expect(await historyOf(host)).toEqual(['backup by schedule: 143'])
    expect(
      await host.must(
        `ls ${state}/staging; restic -r /srv/backup/seatable -p /etc/seatable-restic/restic-password list locks --no-lock -q`,
      ),
    ).toBe('')
    await host.must('systemctl start seatable-restic.service')
    expect(await historyOf(host)).toEqual(['backup by schedule: 143', 'backup by schedule: 0', 'forget by schedule: 0'])
  })

  test('a wrapper that makes backups goes on, and the schedule says so', async () => {
    await host.must(`install -d /etc/resticprofile
      echo 'run-before: "seatable-restic hook pre-backup"' > /etc/resticprofile/profiles.yaml`)
    const { stderr } = await host.sh('seatable-restic schedule install --yes')
    expect(stderr).toContain('- resticprofile (/etc/resticprofile/profiles.yaml), which makes backups')
    expect(stderr).toMatch(/^ {4}\+ExecStart=.* schedule run --without-backup$/m)
    await host.must(`${withSettings()}\n${everythingIsDue}\nsystemctl start seatable-restic.service`)
    expect(await historyOf(host)).toEqual(['drill by schedule: 0', 'check by schedule: 0'])
    await host.must('rm -r /etc/resticprofile')
  })

  test('what somebody has edited is shown, and stays when the rest is removed', async () => {
    const service = '/etc/systemd/system/seatable-restic.service'
    await host.must(`echo '# mine' >> ${service}`)
    const { stdout } = await host.sh('seatable-restic schedule install --dry-run')
    expect(stdout).toContain(`${service} is replaced, though somebody has changed it:`)
    expect(stdout).toMatch(/^ {4}-# mine$/m)
    const removed = await host.must('seatable-restic schedule remove --yes')
    expect(removed).toContain(`${service}: stays, because somebody has changed it`)
    expect(await host.must('ls /etc/systemd/system | grep "^seatable-restic" | grep -v "[.]d$"')).toBe(
      'seatable-restic.service',
    )
    expect(await host.must('systemctl list-timers --all --no-legend seatable-restic.timer')).toBe('')
    await host.must(`echo '[Service]' > ${service}`)
    const { exitCode, stderr } = await host.sh('seatable-restic schedule install --yes')
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`${service} is there already, and is none of`)])
    expect(await host.must(`cat ${service}`)).toBe('[Service]')
  })
})

await describeWith(['docker', 'root'], 'without systemd, with cron', () => {
  let host: SystemContainer

  beforeAll(async () => {
    host = await startSystemOfSeatable('cron')
    await host.must('seatable-restic init --quiet')
  })

  afterAll(() => host?.remove())

  test('the schedule is a line of cron, and runs as cron runs it', async () => {
    expect((await host.must('seatable-restic schedule install --yes')).trimEnd()).toMatch(
      /a line of cron in .* does this from now on/,
    )
    expect(await host.must('ls /etc/systemd/system | grep -c seatable || true')).toBe('0')
    expect(JSON.parse(await host.must('seatable-restic schedule show --json'))).toMatchObject({
      by: 'cron',
      active: true,
    })
    // Noon is now.
    await host.must(`${onlyBackups}\n${everythingIsDue}\nsed -i 's/^0 12 /* * /' /etc/cron.d/seatable-restic`)
    await host.until(`grep '"forget"' ${state}/history.jsonl`, 90)
    expect(await historyOf(host)).toEqual(['backup by schedule: 0', 'forget by schedule: 0'])
    expect(await host.must('seatable-restic schedule remove --yes')).toContain('stays, because somebody has changed it')
  })
})
