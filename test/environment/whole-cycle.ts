import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { damage } from '../fixture/damage.ts'
import { oneDayOfChanges, oneDayOfFiles } from '../fixture/day.ts'
import { addHard, damageHard } from '../fixture/hard.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { identifier, type PipeSql, type Sql } from '../fixture/sql.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'
import type { TestInstallation } from './installation.ts'
import { seenState } from './on-this-host.ts'

/** A database server that runs, and a SeaTable beside it that uses it. */
export interface CycleSite {
  readonly installation: TestInstallation
  readonly sql: Sql
  readonly pipeSql: PipeSql
  stop(): Promise<void>
}

export interface CycleOptions {
  /** For servers that cannot rename tables in one go: what is live is replaced. */
  readonly inPlace?: boolean
  /** The databases that get what hurts; all three when absent. */
  readonly hardIn?: readonly string[]
  /** Without what MariaDB’s dump program does not save of MySQL, when false: generated columns and vectors. */
  readonly onlyOfMySQL?: boolean
}

interface DoctorDocument {
  readonly ok: boolean
  readonly checks: readonly { readonly status: string; readonly message: string }[]
}

interface DrillDocument {
  readonly ok: boolean
  readonly databases: readonly { readonly differences: readonly string[] }[]
}

/** To be called inside of a `describe`: all that one does with a backup, on data that hurts. The tests build on each other. */
export const testWholeCycle = (
  prepare: () => Promise<CycleSite>,
  { inPlace = false, hardIn, onlyOfMySQL = true }: CycleOptions = {},
): void => {
  let site: CycleSite
  let untouched: Traces
  let saved: State
  let damaged: State
  let snapshots: string[]

  const state = () => seenState(site, site.installation.dataDir)
  const backup = async () => (await site.installation.json<{ snapshot: string }>('backup')).snapshot
  const restore = (snapshot: string) =>
    site.installation.json<{ strategy: string; safetySnapshot?: string }>(
      ...['restore', snapshot, '--yes', ...(inPlace ? ['--in-place'] : [])],
    )

  beforeAll(async () => {
    site = await prepare()
    await createSchema(site.sql)
    await fillSchema(site.sql)
    await addHard(site.sql, hardIn)
    if (!onlyOfMySQL) await dropOnlyOfMySQL(site.sql)
    await createTree(site.installation.dataDir, { files: 60 })
    untouched = await tracesOf(site)
  })

  afterAll(async () => {
    await site?.stop()
    if (site) await execa('rm', ['-rf', site.installation.dir])
  })

  test('two backups save a day apart, and change nothing', async () => {
    saved = await state()
    await site.installation.json('init')
    const first = await backup()
    expect(diffStates(saved, await state())).toEqual([])
    await oneDayOfChanges(site.sql, site.pipeSql)
    await oneDayOfFiles(site.installation.dataDir, { files: 60 })
    snapshots = [first, await backup()]
  })

  if (inPlace) {
    test('a restore beside what is live is refused, and nothing is touched', async () => {
      await damage(site.sql, site.installation.dataDir)
      await damageHard(site.sql, hardIn)
      damaged = await state()
      const { exitCode, stderr } = await site.installation.run('restore', first(snapshots), '--yes')
      expect(exitCode).toBe(1)
      expect(stderr).toMatch(/--in-place/)
      expect(diffStates(damaged, await state())).toEqual([])
    })

    test('the first snapshot brings back everything in place, and the safety snapshot what was there before', async () => {
      await execa('rm', ['-r', `${site.installation.dataDir}/conf`])
      const { strategy, safetySnapshot = '' } = await restore(first(snapshots))
      expect(strategy).toBe('in-place')
      expect(diffStates(saved, await state())).toEqual([])
      const { exitCode } = await site.installation.run('rollback', '--yes')
      expect(exitCode).toBe(1)
      expect(diffStates(saved, await state())).toEqual([])
      await restore(safetySnapshot)
      // Configuration is restored only where there is none.
      expect(diffStates(withoutConf(damaged), withoutConf(await state()))).toEqual([])
    })
  } else {
    test('the first snapshot brings back everything, and a rollback what was there before', async () => {
      await damage(site.sql, site.installation.dataDir)
      await damageHard(site.sql, hardIn)
      await execa('rm', ['-r', `${site.installation.dataDir}/conf`])
      damaged = await state()
      expect((await restore(first(snapshots))).strategy).toBe('aside')
      expect(diffStates(saved, await state())).toEqual([])
      await site.installation.json('rollback', '--yes')
      expect(diffStates(damaged, await state())).toEqual([])
      await site.installation.json('drop-previous', '--yes')
    })
  }

  test('a drill proves both snapshots', async () => {
    for (const snapshot of snapshots) {
      const { exitCode, stdout, stderr } = await site.installation.run('drill', snapshot, '--json')
      const { ok, databases } = JSON.parse(stdout || '{"databases":[]}') as DrillDocument
      expect(
        databases.flatMap(({ differences }) => differences),
        stderr,
      ).toEqual([])
      expect([exitCode, ok], stderr).toEqual([0, true])
    }
  })

  test('the first snapshot restores again, nothing is left behind, and doctor finds nothing wrong', async () => {
    await restore(first(snapshots))
    if (!inPlace) await site.installation.json('drop-previous', '--yes')
    expect(diffStates(saved, await state())).toEqual([])
    expect(await tracesOf(site)).toEqual(untouched)
    const { ok, checks } = await site.installation.json<DoctorDocument>('doctor')
    expect([ok, checks.filter(({ status }) => status === 'fail')]).toEqual([true, []])
  })
}

const dropOnlyOfMySQL = async (sql: Sql): Promise<void> => {
  const columns = await sql(
    "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE (EXTRA REGEXP '(VIRTUAL|STORED) GENERATED' OR DATA_TYPE = 'vector') AND TABLE_SCHEMA NOT IN ('sys', 'mysql', 'performance_schema', 'information_schema')",
  )
  for (const [database = '', table = '', column = ''] of columns) {
    await sql(`ALTER TABLE ${identifier(table)} DROP COLUMN ${identifier(column)}`, database)
  }
}

const first = ([snapshot]: readonly string[]): string => {
  if (snapshot === undefined) throw new Error('There is no first snapshot')
  return snapshot
}

const withoutConf = ({ databases, files }: State): State => ({
  databases,
  files: Object.fromEntries(Object.entries(files).filter(([path]) => path !== 'conf' && !path.startsWith('conf/'))),
})

interface Traces {
  readonly databases: readonly string[][]
  readonly users: readonly string[][]
  readonly entries: readonly string[]
}

/** Where a run could leave something behind. */
const tracesOf = async ({ sql, installation }: CycleSite): Promise<Traces> => ({
  databases: await sql('SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1'),
  users: await sql('SELECT user, host FROM mysql.user ORDER BY 1, 2'),
  entries: Object.keys((await captureState(sql, installation.dataDir, { databases: [] })).files).filter(
    (path) => !path.includes('/'),
  ),
})
