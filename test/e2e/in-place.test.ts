import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, fillSite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { damage } from '../fixture/damage.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'

interface Restored {
  readonly strategy: string
  readonly safetySnapshot: string
  readonly previous: unknown
}

await describeWith(['mariadb', 'restic'], 'a restore in place', () => {
  let server: MariaDB
  let installation: TestInstallation
  let site: EmptySite
  let saved: State
  let first: string

  const state = () => captureState(server.sql, installation.dataDir)

  beforeAll(async () => {
    site = await startEmptySite('in-place')
    ;({ server, installation } = site)
    await fillSite(server.sql, installation)
    first = (await installation.json<{ snapshot: string }>('backup')).snapshot
    saved = await state()
  })

  beforeEach(async () => {
    await damage(server.sql, installation.dataDir)
    await rm(join(installation.dataDir, 'conf'), { recursive: true, force: true })
  })

  afterAll(() => site.end())

  test('brings the snapshot back, and first saves what was live in a snapshot that it names', async () => {
    // Views whose tables the damage has dropped stop every dump.
    await server.sql('DROP VIEW a_view_on_a_view, view_of_nobody, view_with_check', 'dtable_db')
    const damaged = await state()
    const { strategy, safetySnapshot, previous } = await installation.json<Restored>(
      ...['restore', first, '--in-place', '--yes'],
    )
    expect([strategy, previous]).toEqual(['in-place', null])
    expect(diffStates(saved, await state())).toEqual([])

    const [, safety] = await installation.json<{ id: string; tags: string[] }[]>('snapshots')
    expect([safety?.id, safety?.tags]).toEqual([safetySnapshot, ['safety']])
    await installation.json('restore', safetySnapshot, '--in-place', '--yes')
    const conf = (path: string) => path === 'conf' || path.startsWith('conf/')
    const without = ({ databases, files }: State): State => ({
      databases,
      files: Object.fromEntries(Object.entries(files).filter(([path]) => !conf(path))),
    })
    expect(diffStates(without(damaged), without(await state()))).toEqual([])
    await installation.json('restore', first, '--in-place', '--yes')
  })

  test('that cannot take the safety snapshot replaces nothing', async () => {
    // The damage has left views without tables.
    const before = await state()
    const { exitCode, stderr } = await installation.run('restore', first, '--in-place', '--yes')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/A safety snapshot of what is live would be no way back: .*view is broken/)
    expect(stderr).not.toMatch(/Trying the rows|Stopping SeaTable/)
    expect(diffStates(before, await state())).toEqual([])
    await server.sql('DROP VIEW a_view_on_a_view, view_of_nobody, view_with_check', 'dtable_db')
    await installation.json('restore', first, '--in-place', '--yes')
    expect(diffStates(saved, await state())).toEqual([])
  })

  test('works when nothing is left to save', async () => {
    await server.sql('DROP DATABASE ccnet_db; DROP DATABASE seafile_db; DROP DATABASE dtable_db')
    for (const name of ['seafile-data', 'seahub-data', 'storage-data']) {
      await rm(join(installation.dataDir, name), { recursive: true })
    }
    await installation.json('restore', first, '--in-place', '--yes')
    expect(diffStates(saved, await state())).toEqual([])
  })

  test.each([
    ['a data directory', ['seafile-data']],
    ['the data directory of all', null],
  ])('brings back %s that is missing, and saves what is left', async (_, missing) => {
    await server.sql('DROP VIEW a_view_on_a_view, view_of_nobody, view_with_check', 'dtable_db')
    const lost = missing === null ? [installation.dataDir] : missing.map((name) => join(installation.dataDir, name))
    for (const path of lost) await rm(path, { recursive: true })
    const { safetySnapshot } = await installation.json<Restored>('restore', first, '--in-place', '--yes')
    expect(diffStates(saved, await state())).toEqual([])
    const { stdout } = await installation.restic('ls', safetySnapshot)
    expect(stdout).toContain('/staging/dtable_db.sql')
    expect(stdout.includes('/seahub-data/')).toBe(missing !== null)
    expect(stdout).not.toContain('/seafile-data/')
  })

  test('that fails half way leaves everything else refused until it is run again', async () => {
    await server.sql('DROP VIEW a_view_on_a_view, view_of_nobody, view_with_check', 'dtable_db')
    const bin = await shim(
      join(site.folder, 'bin'),
      'restic',
      'case "$*" in *"--verify"*seafile-data*|*seafile-data*"--verify"*) exit 1 ;; esac; exec "$real" "$@"',
    )
    const failing = installation.within(pathWith(bin))
    const { exitCode, stderr } = await failing.run('restore', first, '--in-place', '--yes')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/half way, and SeaTable stays stopped/)
    expect(stderr).toMatch(/What was live before is snapshot [0-9a-f]{8}/)

    const refused = await installation.run('backup')
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toMatch(/in pieces, and SeaTable is stopped/)

    await installation.json('restore', first, '--in-place', '--yes')
    expect(diffStates(saved, await state())).toEqual([])
    await installation.json('backup')
  })
})
