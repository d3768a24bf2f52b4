import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { snapshotIds } from '../environment/bad-input.ts'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { fill } from '../environment/small-disk.ts'
import { diffStates, type State } from '../fixture/state.ts'

interface Condition {
  readonly title: string
  readonly begin: (stateDir: string) => Promise<unknown>
  readonly end: (stateDir: string) => Promise<unknown>
  /** What every command that fails for it says. */
  readonly says: RegExp
}

const conditions: readonly Condition[] = [
  {
    title: 'full',
    begin: fill,
    end: (stateDir) => rm(join(stateDir, 'other')),
    says: /the disk of the staging area is full|no room for the dumps at \S+\/state|journal\.json could not be written: ENOSPC/,
  },
  {
    title: 'read-only',
    begin: (stateDir) => execa('mount', ['-o', 'remount,ro', stateDir]),
    end: (stateDir) => execa('mount', ['-o', 'remount,rw', stateDir]),
    says: /^The directory \S+\/state is on a filesystem that is read-only$/,
  },
]

await describeWith(['mariadb', 'restic', 'mounts'], 'a state directory', () => {
  let seatable: OnThisHost
  let stateDir: string

  beforeAll(async () => {
    seatable = await startOnThisHost({
      prepare: async (installation) => {
        stateDir = installation.stateDir
        await execa('mkdir', ['-p', stateDir])
        await execa('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=700', 'tmpfs', stateDir])
      },
    })
  })

  afterAll(async () => {
    await execa('umount', [stateDir])
    await seatable.end()
  })

  const json = (...args: string[]) => seatable.installation.json(...args)

  describe.each(conditions)('that is $title', ({ begin, end, says }) => {
    /** The command fails for it, with nothing stopped and nothing lost. */
    const refuses = async (...args: string[]) => {
      const [before, snapshots] = [await everything(), await snapshotIds(seatable.installation)]
      await begin(stateDir)
      const { exitCode, stderr } = await seatable.installation.run(...args, '--json').finally(() => end(stateDir))
      const { message } = errorOf(stderr)
      expect(exitCode).toBe(1)
      expect(message).toMatch(says)
      expect(stderr).not.toMatch(/^Swapping$|Stopping SeaTable|defect/m)
      expect(diffStates(before, await everything())).toEqual([])
      expect(await snapshotIds(seatable.installation)).toEqual(snapshots)
    }

    const everything = (): Promise<State> => seatable.state()

    beforeAll(() => spoil(seatable))

    test('refuses a backup, and the next one works', async () => {
      await refuses('backup')
      await json('backup')
    })

    test('refuses a restore, and the next one works', async () => {
      await refuses('restore', seatable.snapshot, '--yes', '--drop-previous')
      await json('restore', seatable.snapshot, '--yes', '--drop-previous')
    })

    test('refuses a rollback, and the next one works, and so does a backup', async () => {
      await refuses('rollback', '--yes')
      await json('rollback', '--yes')
      await json('backup')
    })
  })

  test('that is read-only keeps previous data from being dropped, and later it goes', async () => {
    const { begin, end, says } = conditions[1] as Condition
    await begin(stateDir)
    const { exitCode, stderr } = await seatable.installation
      .run('drop-previous', '--yes', '--json')
      .finally(() => end(stateDir))
    expect([exitCode, errorOf(stderr).message]).toEqual([1, expect.stringMatching(says)])
    await json('rollback', '--yes')
  })

  test('that is full lets previous data be dropped, which makes room, and the next backup works', async () => {
    const { begin, end } = conditions[0] as Condition
    await begin(stateDir)
    const dropped = await seatable.installation.run('drop-previous', '--yes', '--json').finally(() => end(stateDir))
    expect(dropped.exitCode, dropped.stderr).toBe(0)
    expect(await seatable.server.sql("SHOW DATABASES LIKE '%\\_\\_%'")).toEqual([])
    await json('backup')
  })
})
