import { rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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

  test('brings back a data directory that is missing, and saves what is left', async () => {
    await server.sql('DROP VIEW a_view_on_a_view, view_of_nobody, view_with_check', 'dtable_db')
    await rm(join(installation.dataDir, 'seafile-data'), { recursive: true })
    const { safetySnapshot } = await installation.json<Restored>('restore', first, '--in-place', '--yes')
    expect(diffStates(saved, await state())).toEqual([])
    const { stdout } = await installation.restic('ls', safetySnapshot)
    expect(stdout).toContain('/seahub-data/')
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
  test('makes the directory of all data directories, for SeaTable to enter, where it is missing', async () => {
    await server.sql('DROP VIEW a_view_on_a_view, view_of_nobody, view_with_check', 'dtable_db')
    await rm(dirname(installation.dataDir), { recursive: true })
    await installation.json('restore', first, '--in-place', '--yes')
    // What no snapshot holds cannot come back.
    const unsaved = /^(db-data|logs)(\/|$)/
    const files = Object.fromEntries(Object.entries(saved.files).filter(([path]) => !unsaved.test(path)))
    expect(diffStates({ ...saved, files }, await state())).toEqual([])
    expect((await stat(dirname(installation.dataDir))).mode & 0o777).toBe(0o755)
  })
})
