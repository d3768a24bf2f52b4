import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { snapshotIds, type Untouched, untouchedHost } from '../environment/bad-input.ts'
import type { TestInstallation } from '../environment/installation.ts'
import { removeWhenOpened } from '../environment/lease.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'

await describeWith(['mariadb', 'restic', 'root'], 'with a database on this host', () => {
  let installation: TestInstallation
  let first: string
  let resetRepository: Untouched['resetRepository']

  const made = untouchedHost()
  beforeAll(() => {
    ;({ installation, first, resetRepository } = made())
  })

  test('a file that cannot be read makes a snapshot, exit code 3 and a warning that names it', async () => {
    const unreadable = join(installation.dataDir, 'seahub-data', 'below', 'secret')
    await writeFile(unreadable, 'not for everyone')
    await chmod(unreadable, 0o000)
    try {
      // root may read everything, unless it has not got the right to.
      const weak = await shim(
        join(installation.dir, 'weak-root'),
        'restic',
        'exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search "$real" "$@"',
      )
      const end = await installation.within(pathWith(weak)).run('backup', '--json')
      expect(end.exitCode).toBe(3)
      expect(end.stderr).toContain(`Warning: ${unreadable} could not be read`)
      const { snapshot, incomplete } = JSON.parse(end.stdout) as { snapshot: string; incomplete: string[] }
      expect(incomplete).toEqual([expect.stringContaining(unreadable)])
      expect(await snapshotIds(installation)).toEqual([first, snapshot])
      const [whole, partial] = await installation.json<{ tags: string[]; problem?: string }[]>('snapshots')
      expect(whole).not.toHaveProperty('problem')
      expect(partial).toMatchObject({
        tags: ['seatable-partial'],
        problem: expect.stringContaining('could not read everything'),
      })
      const plan = await installation.run('restore', '--dry-run', '--json')
      const said = `Snapshot ${snapshot.slice(0, 8)} is not whole: restic could not read everything that belongs in it`
      expect(plan.stderr).toContain(`Warning: ${said}`)
      expect(JSON.parse(plan.stdout)).toMatchObject({ snapshot, warnings: [said] })
      expect(await installation.json('drill')).toMatchObject({ snapshot, ok: true, warnings: [said] })
      // The policy of one a day: the whole one stays, although the partial one is newer.
      await installation.set({ SEATABLE_RESTIC_KEEP_WITHIN: '0d', SEATABLE_RESTIC_KEEP_DAILY: '1' })
      const { removed } = await installation.json<{ removed: unknown[] }>('forget')
      expect(removed).toEqual([])
      const { stdout: held } = await installation.restic('ls', snapshot)
      expect(held).not.toContain(unreadable)
      expect(held).toContain(join(installation.dataDir, 'seahub-data', 'below', 'file'))
    } finally {
      await installation.set({ SEATABLE_RESTIC_KEEP_WITHIN: null, SEATABLE_RESTIC_KEEP_DAILY: null })
      await rm(unreadable)
      await resetRepository()
    }
  })

  test('a file that SeaTable removes while restic reads is no lack of the snapshot: exit code 0 and a count', async () => {
    const below = join(installation.dataDir, 'seahub-data', 'below')
    const temporary = join(below, 'a temporary file')
    await writeFile(temporary, 'soon gone')
    const release = await removeWhenOpened(temporary, [temporary])
    try {
      const end = await installation.run('backup', '--json')
      expect([end.exitCode, end.stderr]).toEqual([0, expect.not.stringContaining('Warning')])
      expect(JSON.parse(end.stdout)).toMatchObject({ incomplete: [], vanished: { count: 1, paths: [temporary] } })
      const listed = await installation.json<{ tags: string[] }[]>('snapshots')
      expect(listed.at(-1)?.tags).toEqual(['seatable'])
    } finally {
      release()
      await rm(temporary, { force: true })
      await resetRepository()
    }
  })
})
