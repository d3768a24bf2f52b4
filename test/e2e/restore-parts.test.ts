import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Container, startServerContainer } from '../environment/container.ts'
import { type OnThisHost, partOf, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'

const everything = {
  databases: ['ccnet_db', 'seafile_db', 'dtable_db'],
  directories: ['seafile-data', 'seahub-data', 'storage-data', 'conf', 'db-data', 'logs'],
} as const

interface Part {
  readonly databases?: readonly string[]
  readonly directories?: readonly string[]
}

const restOf = ({ databases = [], directories = [] }: Part): Part => ({
  databases: everything.databases.filter((name) => !databases.includes(name)),
  directories: everything.directories.filter((name) => !directories.includes(name)),
})

const flagsOf = ({ databases = [], directories = [] }: Part): string[] => [
  ...(databases.length > 0 ? ['--database', ...databases] : []),
  ...(directories.length > 0 ? ['--directory', ...directories] : []),
]

await describeWith(['mariadb', 'docker', 'restic', 'root'], 'a restore of a part', () => {
  let seatable: OnThisHost
  let server: Container
  /** As it was at the first snapshot. */
  let first: State
  let second: { snapshot: string; time: string }

  beforeAll(async () => {
    seatable = await startOnThisHost()
    const { installation } = seatable
    first = await seatable.state()
    server = await startServerContainer({ dataDir: installation.dataDir })
    await installation.set({ SEATABLE_RESTIC_SERVER_CONTAINER: server.name })
    // Their instants must differ by what a person can write.
    await pause(1100)
    await spoil(seatable)
    second = await installation.json('backup')
  })

  afterAll(async () => {
    await server.remove()
    await seatable.end()
  })

  /** Restores a part of the first snapshot after everything was changed: this part is as it was, the rest as it is. */
  const restorePart = async (part: Part) => {
    const { installation, snapshot, state } = seatable
    await spoil(seatable)
    const before = await state()
    const starts = await server.starts()
    await installation.json('restore', snapshot, '--yes', ...flagsOf(part))
    const after = await state()
    expect(diffStates(partOf(first, part), partOf(after, part))).toEqual([])
    expect(diffStates(partOf(before, restOf(part)), partOf(after, restOf(part)))).toEqual([])
    expect(await server.starts()).toBe(starts + 1)
    expect(await server.running()).toBe(true)
    await installation.json('drop-previous', '--yes')
  }

  test('brings back one database and touches nothing else', () => restorePart({ databases: ['seafile_db'] }))

  test('brings back one directory and touches nothing else', () => restorePart({ directories: ['seahub-data'] }))

  test('brings back databases and directories together', () =>
    restorePart({ databases: ['dtable_db', 'ccnet_db'], directories: ['conf', 'storage-data'] }))

  test('keeps a live conf that is not named, and brings back one that is absent', async () => {
    const { installation, snapshot, state } = seatable
    const whole = { ...everything, directories: ['seafile-data', 'seahub-data', 'storage-data'] }
    const conf = { directories: ['conf'] }
    await spoil(seatable)
    const before = await state()
    const { stderr } = await installation.run('restore', snapshot, '--dry-run')
    expect(stderr).not.toContain('Error')
    await installation.json('restore', snapshot, '--yes')
    const after = await state()
    expect(diffStates(partOf(before, conf), partOf(after, conf))).toEqual([])
    expect(diffStates(partOf(first, whole), partOf(after, whole))).toEqual([])

    await rm(join(installation.dataDir, 'conf'), { recursive: true })
    await installation.json('restore', snapshot, '--yes', '--drop-previous')
    expect(diffStates(first, await state())).toEqual([])
    await installation.json('drop-previous', '--yes')
  })

  test('--dry-run says what would be done, and does nothing', async () => {
    const { installation, snapshot, state } = seatable
    await spoil(seatable)
    const [before, starts] = [await state(), await server.starts()]
    const plan = await installation.json<Record<string, unknown>>('restore', snapshot, '--dry-run')
    expect(plan).toMatchObject({
      snapshot,
      stops: [server.name],
      kept: [{ name: 'conf', reason: expect.stringContaining('--directory conf') }],
      databases: everything.databases.map((name) => expect.objectContaining({ name, exists: true })),
      directories: ['seafile-data', 'seahub-data', 'storage-data'].map((name) =>
        expect.objectContaining({ name, live: join(installation.dataDir, name), exists: true }),
      ),
    })
    expect(diffStates(before, await state())).toEqual([])
    expect(await server.starts()).toBe(starts)
  })

  test('takes the last snapshot that is not later than a time, in its own zone or the local one, which is told', async () => {
    const { installation, snapshot } = seatable
    const chosen = async (environment: Record<string, string>, ...args: string[]) => {
      const end = await installation.within(environment).run('restore', ...args, '--dry-run', '--json')
      expect(end.exitCode).toBe(0)
      return { id: JSON.parse(end.stdout).snapshot as string, stderr: end.stderr }
    }
    const at = new Date(second.time)
    const before = new Date(at.getTime() - 1)
    const zoneless = (date: Date) => date.toISOString().slice(0, -1)
    expect((await chosen({}, '--at', at.toISOString())).id).toBe(second.snapshot)
    expect((await chosen({}, '--at', before.toISOString())).id).toBe(snapshot)
    const plusTwo = (date: Date) => `${zoneless(new Date(date.getTime() + 7_200_000))}+02:00`
    const zoned = await chosen({ TZ: 'America/New_York' }, '--at', plusTwo(before))
    expect(zoned).toEqual({ id: snapshot, stderr: expect.not.stringContaining('local time') })

    // India is 5 1/2 hours ahead, all year.
    const inIndia = zoneless(new Date(before.getTime() + 19_800_000))
    const local = await chosen({ TZ: 'Asia/Kolkata' }, '--at', inIndia)
    expect(local).toEqual({
      id: snapshot,
      stderr: expect.stringMatching(`${inIndia} is taken as local time \\(Asia/\\w+\\): ${before.toISOString()}`),
    })
    const tomorrow = new Date(at.getTime() + 86_400_000 * 2).toISOString().slice(0, 10)
    const day = await chosen({}, '--at', tomorrow)
    expect(day).toEqual({ id: second.snapshot, stderr: expect.stringContaining('is taken as local time (UTC)') })
  })

  test('takes the youngest snapshot by default and as latest, and one by the beginning of its id', async () => {
    const { installation, snapshot } = seatable
    const chosen = async (...args: string[]) =>
      (await installation.json<{ snapshot: string }>('restore', ...args, '--dry-run')).snapshot
    expect(await chosen()).toBe(second.snapshot)
    expect(await chosen('latest')).toBe(second.snapshot)
    expect(await chosen(snapshot.slice(0, 8))).toBe(snapshot)
  })

  test('is refused while data of an earlier restore is kept, unless that may be dropped', async () => {
    const { installation, snapshot, state } = seatable
    const part = { databases: ['ccnet_db'], directories: ['storage-data'] }
    await spoil(seatable)
    await installation.json('restore', second.snapshot, '--yes', ...flagsOf(part))
    const [before, starts] = [await state(), await server.starts()]
    const refused = await installation.run('restore', snapshot, '--yes', ...flagsOf(part))
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toMatch(/The data that the restore of .* replaced is still kept/)
    expect(refused.stderr).toMatch(/Hint: .*drop-previous/)
    expect(diffStates(before, await state())).toEqual([])
    expect(await server.starts()).toBe(starts)

    await installation.json('restore', snapshot, '--yes', '--drop-previous', ...flagsOf(part))
    expect(diffStates(partOf(first, part), partOf(await state(), part))).toEqual([])
    await installation.json('rollback', '--yes')
    expect(diffStates(before, await state())).toEqual([])
    await installation.json('drop-previous', '--yes')
  })
})
