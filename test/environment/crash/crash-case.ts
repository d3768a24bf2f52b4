import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { diffStates, type State } from '../../fixture/state.ts'
import { type Accident, type CrashSite, changeEverything, startSavedSite } from './crash-site.ts'

export interface Case {
  readonly title: string
  readonly accident: Accident
  /** Accidents in the commands that follow, which have to be followed by one more. */
  readonly again?: readonly Accident[]
  /** What has to be live when the next command has ended: never a mixture. */
  readonly ends: 'before' | 'snapshot'
  /** True when SeaTable must not have been stopped by the run. */
  readonly neverStopped?: boolean
  /** True when the run lives, and has to take back what it did and to start SeaTable itself. */
  readonly byItself?: boolean
  /** True when the run ends well: it only could not tidy up, and the next command does. */
  readonly endsWell?: boolean
  /** True when it ends well because it tidies up in another way. */
  readonly tidiesUp?: boolean
}

export const seen = (
  when: 'mariadb' | 'restic' | 'rm' | 'sync' | 'writers',
  sees: string,
  does: string,
  condition?: string,
): Accident => ({ when, sees, does, ...(condition === undefined ? {} : { while: condition }) })
export const killed = (program: 'before' | 'after', call: string): Accident => ({ program, call })
export const fails = (error: string, call: string): Accident => ({ error, call })

export const diedBefore = 'kill_program'
export const diedAfter = 'run_real "$@"; kill_program'
/** The work ends as it ends, and then there is room again. */
export const fullDiskFor = (work: string): string => `fill_disk; ${work}; status=$?; free_disk; (exit $status)`

export const loadOfDtable = '^--database=dtable_db__aside$'
// Whatever is created: in a swap only dtable_db has any, and aside only before it.
export const objectsOfDtable = '^EXECUTE IMMEDIATE 0x'
export const landing = '/state/landing$'
export const asideFolder = 'seatable-restic-aside$'
export const renaming = 'RENAME TABLE$'

/** A test for each case, on one server. */
export const testCases = (cases: readonly Case[]): void => {
  let site: CrashSite
  let saved: State
  let before: State

  beforeAll(async () => {
    ;({ site, saved } = await startSavedSite())
    await makeBefore()
  })

  afterAll(() => site.remove())

  const makeBefore = async () => {
    await changeEverything(site)
    before = await site.state()
  }

  test.each(cases.map((one) => [one.title, one] as const))('%s', async (_, one) => {
    const { accident, again = [], ends, neverStopped, byItself, endsWell = false, tidiesUp = false } = one
    // The next case begins with a whole SeaTable whatever comes of this one.
    onTestFailed(async () => {
      await site.reviveServer()
      await site.run(null, 'drop-previous', '--yes')
      await makeBefore()
    })
    await site.stopsAndStarts()
    const restore = () => site.run(accident, 'restore', 'latest', '--yes')
    const crashed = byItself ? await site.supervised(restore) : await restore()
    expect(crashed.exitCode === 0, crashed.stderr).toBe(endsWell || tidiesUp)
    if (endsWell) expect(crashed.stderr).toContain('could not be removed yet')
    if (tidiesUp) expect(crashed.stderr).not.toContain('could not be removed')
    if (neverStopped) expect(await site.stopsAndStarts()).not.toContain('stop')
    if (byItself) {
      expect(await site.stopsAndStarts(), crashed.stderr).toEqual(['stop', 'start'])
      expect(await site.traces(), crashed.stderr).toEqual([])
    }
    for (const accident of again) {
      await site.reviveServer()
      const end = await site.run(accident, 'drop-previous', '--yes')
      expect(end.exitCode, end.stderr).not.toBe(0)
    }
    await site.reviveServer()

    const next = await site.run(null, 'drop-previous', '--yes', '--json')
    expect(next.exitCode, next.stderr).toBe(0)
    expect(diffStates(ends === 'before' ? before : saved, await site.state()), next.stderr).toEqual([])
    expect(JSON.parse(next.stdout).dropped === null, next.stderr).toBe(ends === 'before')
    expect(await site.traces()).toEqual([])
    if (!neverStopped && !byItself) expect((await site.stopsAndStarts()).at(-1)).toBe('start')
    if (ends === 'snapshot') await makeBefore()
  })
}
