import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generationD, imagesOf, layOut, startContainers } from '../environment/generations.ts'
import { answer, type TerminalEnd, terminalFor } from '../environment/on-terminal.ts'
import { type PrivateDocker, startPrivateDocker } from '../environment/private-docker.ts'
import { describeWith } from '../environment/requirements.ts'
import { type SystemContainer, startSystemContainer, startSystemOfSeatable } from '../environment/system-container.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { createTree } from '../fixture/tree.ts'

const passwordIn = (shown: string): string => /^ {4}([\w-]{32})\r?$/m.exec(shown)?.[1] ?? ''

/** Takes whatever is proposed. */
const setUp = ({ name }: SystemContainer): Promise<TerminalEnd> => {
  const inside = ['exec', '--interactive', '--env', 'TERM=xterm', name, ...terminalFor('seatable-restic setup')]
  return answer(spawn('docker', inside), [
    { question: /Where are snapshots kept/, keys: '\r' },
    { question: /its last six characters/, keys: (said) => `${passwordIn(said).slice(-6)}\r` },
    { question: /How long are snapshots kept/, keys: '\r' },
    { question: /When is a backup made/, keys: '\r' },
    { question: /Who is told when a backup fails/, keys: '\r' },
    { question: /Write this, and make the first backup/, keys: '\r' },
    { question: /Install this\?/, keys: 'y' },
  ])
}

/** Each command that was run, with how it ended. */
const historyOf = async (host: SystemContainer): Promise<readonly (readonly [string, number])[]> =>
  (await host.must('cat /var/lib/seatable-restic/history.jsonl'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .map(({ command, exitCode }) => [command, exitCode])

const proven = [
  ['init', 0],
  ['backup', 0],
  ['drill', 0],
  ['doctor', 0],
]

await describeWith(['docker', 'root'], 'setup on Debian 12', () => {
  let host: SystemContainer

  beforeAll(async () => {
    host = await startSystemOfSeatable('systemd')
    await host.must("sed -i '/^RESTIC_/d' /etc/seatable-restic/restic.env; rm /etc/seatable-restic/restic-password")
  })

  afterAll(() => host?.remove())

  test('leads from nothing to a proven backup and a schedule', async () => {
    const { exitCode, shown } = await setUp(host)
    expect([exitCode, shown.match(/SeaTable is backed up, and the backup is proven/)?.length]).toEqual([0, 1])
    expect(await host.must('systemctl is-active seatable-restic.timer')).toBe('active')
    expect(await historyOf(host)).toEqual(proven)
  })

  test('asks only what it does not know when it is run again, and changes nothing', async () => {
    const before = await host.must('cat /etc/seatable-restic/*')
    const { exitCode, stderr } = await host.sh('seatable-restic setup --yes')
    expect(exitCode).toBe(0)
    expect(stderr).toContain('/etc/seatable-restic/restic.env stays as it is')
    expect(await host.must('cat /etc/seatable-restic/*')).toBe(before)
  })
})

for (const [debian, suite, init] of [
  ['12', 'bookworm', 'systemd'],
  // Its systemd does not boot where control groups are half old and half new.
  ['13', 'trixie', 'cron'],
] as const) {
  await describeWith(
    ['docker', 'restic', 'root'],
    `setup on Debian ${debian}, beside the containers of SeaTable’s compose files`,
    () => {
      let folder: string
      let daemon: PrivateDocker
      let host: SystemContainer

      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'st-'))
        daemon = await startPrivateDocker(join(folder, 'docker'))
        await daemon.addImages(imagesOf([generationD]))
        const dataDir = join(folder, 'opt/seatable-server/seatable')
        await createTree(dataDir, { files: 20 })
        await layOut(folder, generationD)
        process.env.DOCKER_HOST = daemon.environment.DOCKER_HOST
        const { database } = await startContainers(daemon, folder, generationD, dataDir)
        await createSchema(database.sql)
        await fillSchema(database.sql)
        delete process.env.DOCKER_HOST
        const { stdout: docker } = await execa('sh', ['-c', 'command -v docker'])
        const mounts = [
          `${docker}:/usr/bin/docker:ro`,
          `${join(folder, 'docker/docker.sock')}:/run/docker.sock`,
          `${folder}:${folder}`,
        ]
        host = await startSystemContainer({ init, suite, mounts })
      })

      afterAll(async () => {
        await host?.remove()
        await daemon.end()
        await execa('rm', ['-rf', folder])
      })

      test('finds it, asks seven questions that have an answer, and leads to a proven backup and a schedule', async () => {
        const { exitCode, shown } = await setUp(host)
        expect([exitCode, shown.match(/SeaTable is backed up, and the backup is proven/)?.length]).toEqual([0, 1])
        expect(shown).toContain('mariadb')
        expect(await historyOf(host)).toEqual(proven)
        const { stdout } = await host.sh('seatable-restic snapshots --json')
        expect(JSON.parse(stdout).map(({ databases }: { databases: unknown[] }) => databases.length)).toEqual([3])
        const { by } = JSON.parse(await host.must('seatable-restic schedule show --json'))
        expect(by).toBe(init)
      })

      test('saves the settings and the licence with it', async () => {
        const files = await host.must('seatable-restic restic -- ls latest')
        for (const name of ['.env', 'seatable-license.txt', 'caddy.yml'])
          expect(files).toContain(`opt/seatable-compose/${name}`)
      })

      test('is done within two minutes, of which a person waits for all but seconds', async () => {
        await host.must(
          'rm -rf /etc/seatable-restic /var/lib/seatable-restic /srv/backup; seatable-restic schedule remove --yes',
        )
        const began = performance.now()
        expect((await setUp(host)).exitCode).toBe(0)
        expect(performance.now() - began).toBeLessThan(120_000)
      })
    },
  )
}
