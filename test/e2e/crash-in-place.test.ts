import { afterAll, beforeAll, expect, test } from 'vitest'
import { asideFolder, diedAfter, diedBefore, fails, killed, seen } from '../environment/crash/crash-case.ts'
import { type Accident, type CrashSite, changeEverything, startSavedSite } from '../environment/crash/crash-site.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'

interface Case {
  readonly title: string
  readonly accident: Accident
  /** What the next command that is no restore finds: SeaTable as it was, or pieces that it refuses to touch. */
  readonly leaves: 'what was live' | 'pieces'
}

const loadOfDtable = '^--database=dtable_db$'

const cases: Case[] = [
  {
    title: 'the program is killed when it has stopped SeaTable',
    accident: seen('writers', 'stop', diedAfter),
    leaves: 'what was live',
  },
  {
    title: 'the program is killed while restic takes the safety snapshot',
    accident: seen('restic', '^backup$', diedAfter),
    leaves: 'what was live',
  },
  {
    title: 'the program is killed when it has recorded that the replacement begins',
    accident: killed('after', '^journal in-place'),
    leaves: 'pieces',
  },
  {
    title: 'the disk is full when it is to be recorded that the replacement begins',
    accident: fails('ENOSPC', '^journal in-place'),
    leaves: 'what was live',
  },
  {
    title: 'the disk is full when it is to be recorded that everything is replaced',
    accident: fails('ENOSPC', '^journal swapped'),
    leaves: 'pieces',
  },
  {
    title: 'the program is killed while a database is replaced',
    accident: seen('mariadb', loadOfDtable, `head -c 20000 "$input" | "$real" "$@"; ${diedBefore}`, 'phase in-place'),
    leaves: 'pieces',
  },
  {
    title: 'the database server is killed while a database is replaced',
    accident: seen(
      'mariadb',
      loadOfDtable,
      'head -c 20000 "$input" | "$real" "$@"; kill_server; die',
      'phase in-place',
    ),
    leaves: 'pieces',
  },
  {
    title: 'restic is killed while it restores a directory',
    accident: seen('restic', asideFolder, 'die', 'phase in-place'),
    leaves: 'pieces',
  },
  {
    title: 'the program is killed between the end of a directory and the beginning of the next',
    accident: killed('after', '^rename .*seatable-restic-aside/.*/seahub-data'),
    leaves: 'pieces',
  },
]

await describeWith(['mariadb', 'restic'], 'whatever dies during a restore in place', () => {
  let site: CrashSite
  let snapshot: string
  let saved: State

  beforeAll(async () => {
    ;({ site, snapshot, saved } = await startSavedSite())
  })

  afterAll(() => site.remove())

  test.each(cases.map((one) => [one.title, one] as const))('%s', async (_, { accident, leaves }) => {
    await changeEverything(site)
    const before = await site.state()
    await site.stopsAndStarts()
    const crashed = await site.run(accident, 'restore', snapshot, '--in-place', '--yes')
    expect(crashed.exitCode, crashed.stderr).not.toBe(0)
    if (leaves === 'pieces' && 'error' in accident) {
      expect(crashed.stderr).toMatch(/What was live before is snapshot [0-9a-f]{8}/)
    }
    await site.reviveServer()

    const next = await site.run(null, 'drop-previous', '--yes')
    if (leaves === 'pieces') {
      expect(next.exitCode, next.stderr).toBe(1)
      expect(next.stderr).toMatch(/in pieces, and SeaTable is stopped/)
      expect(next.stderr).toMatch(/What was live before is snapshot [0-9a-f]{8}/)
      expect(await site.stopsAndStarts()).toEqual(['stop'])
    } else {
      expect(next.exitCode, next.stderr).toBe(0)
      expect(diffStates(before, await site.state()), next.stderr).toEqual([])
      expect(await site.stopsAndStarts()).toEqual(['stop', 'start'])
    }

    const again = await site.run(null, 'restore', snapshot, '--in-place', '--yes')
    expect(again.exitCode, again.stderr).toBe(0)
    expect(diffStates(saved, await site.state()), again.stderr).toEqual([])
    expect((await site.stopsAndStarts()).at(-1)).toBe('start')
    expect(await site.traces()).toEqual([])
  })
})
