import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answer, terminalFor } from '../environment/on-terminal.ts'
import { describeWith } from '../environment/requirements.ts'
import { type SystemContainer, startSystemContainer } from '../environment/system-container.ts'

await describeWith(['docker', 'root'], 'setup on Debian 12', () => {
  let host: SystemContainer

  beforeAll(async () => {
    host = await startSystemContainer('systemd')
    await host.must("sed -i '/^RESTIC_/d' /etc/seatable-restic/restic.env; rm /etc/seatable-restic/restic-password")
  })

  afterAll(() => host?.remove())

  const passwordIn = (shown: string): string => /^ {4}([\w-]{32})\r?$/m.exec(shown)?.[1] ?? ''

  test('leads from nothing to a proven backup and a schedule', async () => {
    const inside = ['exec', '--interactive', '--env', 'TERM=xterm', host.name, ...terminalFor('seatable-restic setup')]
    const { exitCode, shown } = await answer(spawn('docker', inside), [
      { question: /Where are snapshots kept/, keys: '\r' },
      { question: /its last six characters/, keys: (said) => `${passwordIn(said).slice(-6)}\r` },
      { question: /How long are snapshots kept/, keys: '\r' },
      { question: /When is a backup made/, keys: '\r' },
      { question: /Who is told when a backup fails/, keys: '\r' },
      { question: /Write this, and make the first backup/, keys: '\r' },
      { question: /Install this\?/, keys: 'y' },
    ])
    expect([exitCode, shown.match(/SeaTable is backed up, and the backup is proven/)?.length]).toEqual([0, 1])
    expect(await host.must('systemctl is-active seatable-restic.timer')).toBe('active')
    const history = await host.must('cat /var/lib/seatable-restic/history.jsonl')
    const runs = history
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
    expect(runs.map(({ command, exitCode }) => [command, exitCode])).toEqual([
      ['init', 0],
      ['backup', 0],
      ['drill', 0],
      ['doctor', 0],
    ])
  })

  test('asks only what it does not know when it is run again, and changes nothing', async () => {
    const before = await host.must('cat /etc/seatable-restic/*')
    const { exitCode, stderr } = await host.sh('seatable-restic setup --yes')
    expect(exitCode).toBe(0)
    expect(stderr).toContain('/etc/seatable-restic/restic.env stays as it is')
    expect(await host.must('cat /etc/seatable-restic/*')).toBe(before)
  })
})
