import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asideFolder, diedAfter, diedBefore, fails, killed, renaming, seen } from '../environment/crash/crash-case.ts'
import { type Accident, type CrashSite, changeEverything, startSavedSite } from '../environment/crash/crash-site.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'

interface RollbackCase {
  readonly title: string
  readonly accident: Accident
  /** Whether the next command finds it done, or takes it back. */
  readonly ends: 'rolled back' | 'taken back'
}

const cases: RollbackCase[] = [
  {
    title: 'when views and triggers have been removed',
    accident: seen('mariadb', '^DROP TRIGGER', diedAfter, 'phase swapping'),
    ends: 'taken back',
  },
  { title: 'before the tables are renamed', accident: seen('mariadb', renaming, diedBefore), ends: 'taken back' },
  { title: 'when the tables have been renamed', accident: seen('mariadb', renaming, diedAfter), ends: 'taken back' },
  {
    title: 'while directories are swapped',
    accident: killed('after', '^rename .*seatable-restic-previous/seahub-data'),
    ends: 'taken back',
  },
  {
    title: 'because the disk is full when a step is to be recorded',
    accident: fails('ENOSPC', '^journal swapping 6'),
    ends: 'taken back',
  },
  { title: 'when it is recorded as complete', accident: killed('after', '^journal swapped'), ends: 'rolled back' },
  {
    title: 'when what was live has become the previous data in part',
    accident: seen('mariadb', renaming, diedAfter, 'phase swapped'),
    ends: 'rolled back',
  },
  {
    title: 'while what was aside is removed',
    accident: seen('rm', asideFolder, diedBefore, 'phase swapped'),
    ends: 'rolled back',
  },
]

await describeWith(['mariadb', 'restic'], 'previous data survives', () => {
  let site: CrashSite
  let saved: State
  let before: State

  beforeAll(async () => {
    ;({ site, saved } = await startSavedSite())
    await changeEverything(site)
    before = await site.state()
    await restoreAgain()
  })

  afterAll(() => site.remove())

  const restoreAgain = async () => {
    const { exitCode, stderr } = await site.run(null, 'restore', 'latest', '--yes', '--drop-previous')
    expect(exitCode, stderr).toBe(0)
  }

  test.each(cases.map((one) => [one.title, one] as const))('a rollback that ends %s', async (_, { accident, ends }) => {
    const [live, previous] = diffStates(saved, await site.state()).length === 0 ? [saved, before] : [before, saved]
    const crashed = await site.run(accident, 'rollback', '--yes')
    expect(crashed.exitCode, crashed.stderr).not.toBe(0)
    await site.stopsAndStarts()
    // The next command puts it right, and is itself a rollback: what is live then has been previous data.
    const next = await site.run(null, 'rollback', '--yes')
    expect(next.exitCode, next.stderr).toBe(0)
    const [nowLive, nowPrevious] = ends === 'rolled back' ? [live, previous] : [previous, live]
    expect(diffStates(nowLive, await site.state()), next.stderr).toEqual([])
    expect((await site.stopsAndStarts()).at(-1)).toBe('start')
    const back = await site.run(null, 'rollback', '--yes')
    expect(back.exitCode, back.stderr).toBe(0)
    expect(diffStates(nowPrevious, await site.state()), back.stderr).toEqual([])
  })

  test.each([
    ['databases', seen('mariadb', '^DROP DATABASE', 'head -n 1 "$input" | "$real" "$@"; kill_program')],
    ['directories', seen('rm', 'seatable-restic-previous', diedBefore)],
  ] as const)(
    'nothing of what is dropped: a drop that is killed at the %s is finished by the next command',
    async (_, accident) => {
      const live = await site.state()
      const crashed = await site.run(accident, 'drop-previous', '--yes')
      expect(crashed.exitCode).not.toBe(0)
      const rollback = await site.run(null, 'rollback', '--yes')
      expect(rollback.stderr).toContain('The dropping of previous data was interrupted; finishing it')
      expect(rollback.stderr).toContain('There is nothing to roll back to')
      expect(await site.traces()).toEqual([])
      expect(diffStates(live, await site.state())).toEqual([])
      await restoreAgain()
    },
  )

  test('a restic that outlives a killed restore does not add to what the next one restores', async () => {
    const aside = join(site.installation.dataDir, '.seatable-restic-aside')
    const late = join(aside, site.installation.dataDir, 'storage-data')
    const writeLate = `for i in $(seq 1000); do if [ -d '${late}' ]; then : >'${late}/late'; fi; sleep 0.01; done`
    const crashed = await site.run(
      seen('restic', asideFolder, `kill_program; ${writeLate}`),
      ...['restore', 'latest', '--yes', '--drop-previous'],
    )
    expect(crashed.exitCode).not.toBe(0)
    await restoreAgain()
    expect(diffStates(saved, await site.state())).toEqual([])
  })
})
