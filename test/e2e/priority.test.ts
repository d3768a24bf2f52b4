import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import { commandLine, createInstallation } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { shim } from '../environment/shim.ts'
import { createSchema } from '../fixture/schema.ts'
import { createTree } from '../fixture/tree.ts'

/** What a program was when it was started, and who started it. */
interface Seen {
  readonly program: string
  readonly args: string
  readonly processors: string
  readonly niceness: string
  readonly io: string
  /** Of all threads of the process that started it, each value once. */
  readonly parentNiceness: string
  readonly parentIo: string
}

const fields = ['program', 'args', 'processors', 'niceness', 'io', 'parentNiceness', 'parentIo'] as const

/** As the kernel says it, of each thread: what follows the name of a program, which may hold spaces. */
const record = (into: string) => `
nicenessOf() { cat "$@" | sed 's/.*) //' | cut -d ' ' -f 17 | sort -u | tr '\\n' ' '; }
ioOf() { ionice -p "$@" | sort -u | tr '\\n' ' '; }
parents=$(ls /proc/$PPID/task)
printf '%s|%s|%s|%s|%s|%s|%s\\n' "\${0##*/}" "$*" "\${GOMAXPROCS-}" "$(nicenessOf /proc/$$/stat)" "$(ioOf $$)" \\
  "$(nicenessOf /proc/$PPID/task/*/stat)" "$(ioOf $parents)" >> '${into}'
`

const usual = { niceness: String(getPriority()), io: (await execa('ionice')).stdout }
const low = { niceness: String(Math.max(10, getPriority())), io: 'best-effort: prio 7' }

await describeWith(['mariadb', 'restic'], 'the priority of what a command runs', () => {
  let site: OnThisHost
  let programs: string
  let seen: string
  let started: string

  beforeAll(async () => {
    site = await startOnThisHost()
    programs = join(site.folder, 'programs')
    seen = join(site.folder, 'seen')
    started = join(site.folder, 'started')
    for (const name of ['restic', 'mariadb-dump', 'mariadb']) {
      await shim(programs, name, `${record(seen)}\nexec "$real" "$@"`)
    }
  })

  beforeEach(async () => {
    await rm(seen, { force: true })
    await site.installation.set({ SEATABLE_RESTIC_LOW_PRIORITY: null })
  })

  afterAll(() => site.end())

  const environment = () => ({ PATH: `${programs}:${process.env.PATH}` })

  const read = async (file: string): Promise<Seen[]> =>
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => {
        const values = line.split('|').map((value) => value.trim())
        return Object.fromEntries(fields.map((name, at) => [name, values[at] ?? ''])) as unknown as Seen
      })

  /** The programs of which a command has much, by what they were. */
  const heavy = /^(?:restic (?:.* )?(?:backup|check|dump|restore|forget)\b|mariadb-dump .*--single-transaction)/

  const seenOf = async (...args: string[]): Promise<Seen[]> => {
    const { exitCode, stderr } = await site.installation.within(environment()).run(...args)
    expect(exitCode, stderr).toBe(0)
    const all = (await read(seen)).filter(({ program, args: given }) => heavy.test(`${program} ${given}`))
    expect(all.length).toBeGreaterThan(0)
    return all
  }

  const priorityOf = ({ niceness, io, parentNiceness, parentIo }: Seen) => ({ niceness, io, parentNiceness, parentIo })

  const likeParent = ({ niceness, io }: typeof low) => ({ niceness, io, parentNiceness: niceness, parentIo: io })

  test.each([
    [['backup'], ['mariadb-dump', 'restic']],
    [['hook', 'pre-backup'], ['mariadb-dump']],
    [['drill'], ['mariadb-dump', 'restic']],
    [['check'], ['restic']],
    [['forget'], ['restic']],
  ])('is low for %j, with every thread of its own', async (args, expected) => {
    const all = await seenOf(...args)
    expect([...new Set(all.map(({ program }) => program))].sort()).toEqual(expected)
    expect(all.map(priorityOf)).toEqual(all.map(() => likeParent(low)))
  })

  test('is what it was for a restore, which people wait for', async () => {
    await site.installation.set({ SEATABLE_RESTIC_LIMIT_UPLOAD: '9999', SEATABLE_RESTIC_LIMIT_CPUS: '1' })
    const all = await seenOf('restore', 'latest', '--database', 'ccnet_db', '--yes')
    await site.installation.set({ SEATABLE_RESTIC_LIMIT_UPLOAD: null, SEATABLE_RESTIC_LIMIT_CPUS: null })
    expect(all.map(priorityOf)).toEqual(all.map(() => likeParent(usual)))
    expect(all.filter(({ args, processors }) => args.includes('limit') || processors !== '')).toEqual([])
    expect((await site.installation.run('drop-previous', '--yes')).exitCode).toBe(0)
  })

  test('is what it was when that is wanted', async () => {
    await site.installation.set({ SEATABLE_RESTIC_LOW_PRIORITY: 'off' })
    const all = await seenOf('backup')
    expect(all.map(priorityOf)).toEqual(all.map(() => likeParent(usual)))
  })

  test('is not raised where it is lower already', async () => {
    // The most that there is is 19, wherever the tests begin.
    const [file, ...args] = commandLine(site.installation.envFile, ['check'])
    const { exitCode } = await execa('nice', ['-n', '40', 'ionice', '-c', '3', file, ...args], {
      env: { ...environment(), HOME: site.folder, TZ: 'UTC' },
      extendEnv: false,
    })
    expect(exitCode).toBe(0)
    const all = await read(seen)
    expect(all.map(priorityOf)).toEqual(all.map(() => likeParent({ niceness: '19', io: 'idle' })))
  })

  test('is that of the processor alone where there is no ionice, and nothing is said of it', async () => {
    const without = await shim(join(site.folder, 'without'), 'ionice', 'exit 127')
    const { exitCode, stderr } = await site.installation
      .within({ PATH: `${without}:${process.env.PATH}` })
      .run('check', '--quiet')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  test('and the limits of the settings reach every restic of a backup', async () => {
    await site.installation.set({ SEATABLE_RESTIC_LIMIT_UPLOAD: '9999', SEATABLE_RESTIC_LIMIT_CPUS: '1' })
    await seenOf('backup')
    await site.installation.set({ SEATABLE_RESTIC_LIMIT_UPLOAD: null, SEATABLE_RESTIC_LIMIT_CPUS: null })
    const ofRestic = (await read(seen)).filter(({ program, args }) => program === 'restic' && args !== 'version')
    expect(ofRestic.length).toBeGreaterThan(2)
    expect(
      ofRestic.filter(({ args, processors }) => !args.startsWith('--limit-upload 9999 ') || processors !== '1'),
    ).toEqual([])
  })

  test('is low only when what a crash has left is put right: a backup starts SeaTable with the usual one', async () => {
    const [stop, start] = [join(site.folder, 'stop'), join(site.folder, 'start')]
    await writeFile(stop, '#!/bin/sh\nmkdir "$0.once" 2>/dev/null && kill -9 $PPID\nexit 0\n', { mode: 0o755 })
    await writeFile(start, `#!/bin/sh\n${record(started)}`, { mode: 0o755 })
    await site.installation.set({ SEATABLE_RESTIC_STOP_COMMAND: stop, SEATABLE_RESTIC_START_COMMAND: start })
    await site.installation.run('restore', 'latest', '--database', 'ccnet_db', '--yes')

    const { exitCode, stderr } = await site.installation.within(environment()).run('backup')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('was interrupted') })
    expect((await read(started)).map(priorityOf)).toEqual([likeParent(usual)])
    const dump = (await read(seen)).find(({ args }) => args.includes('--single-transaction'))
    expect(dump && priorityOf(dump)).toEqual(likeParent(low))
  })
})

await describeWith(['docker', 'restic', 'root'], 'the priority of a dump program in a container', () => {
  let container: DatabaseContainer
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-priority-'))
    container = await startDatabaseContainer()
    await createSchema(container.sql)
    const seen = `#!/bin/sh\ncut -d ' ' -f 19 /proc/$$/stat >> /tmp/seen; exec /usr/bin/dump.kept "$@"\n`
    const script =
      'mv "$(readlink -f /usr/bin/mariadb-dump)" /usr/bin/dump.kept; cat > /usr/bin/mariadb-dump; chmod 755 /usr/bin/mariadb-dump'
    await execa('docker', ['exec', '-i', container.name, 'sh', '-c', script], {
      input: seen,
    })
  })

  afterAll(async () => {
    await container.remove()
    await rm(folder, { recursive: true, force: true })
  })

  test.each([
    ['on', (usually: number) => Math.max(10, usually)],
    ['off', (usually: number) => usually],
  ])('is as SEATABLE_RESTIC_LOW_PRIORITY=%s says', async (setting, expected) => {
    const inside = async (script: string) =>
      (await execa('docker', ['exec', container.name, 'sh', '-c', script], { stdin: 'ignore' })).stdout
    const usually = Number(await inside("rm -f /tmp/seen; cut -d ' ' -f 19 /proc/self/stat"))
    const { dataDir, run } = await createInstallation({
      dir: join(folder, setting),
      settings: {
        SEATABLE_RESTIC_ENGINE: 'docker',
        SEATABLE_RESTIC_DB_CONTAINER: container.name,
        SEATABLE_RESTIC_LOW_PRIORITY: setting,
      },
    })
    await createTree(dataDir, { files: 5 })
    const { exitCode, stderr } = await run('hook', 'pre-backup')
    expect(exitCode, stderr).toBe(0)
    // The last is the dump; those before it are asked for their version.
    expect((await inside('cat /tmp/seen')).split('\n').at(-1)).toBe(String(expected(usually)))
  })
})
