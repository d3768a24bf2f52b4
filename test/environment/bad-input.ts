import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { createSchema } from '../fixture/schema.ts'
import type { Sql } from '../fixture/sql.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { errorOf, type ProgramEnd, type TestInstallation } from './installation.ts'
import type { MariaDB } from './mariadb.ts'
import { type EmptySite, startEmptySite } from './on-this-host.ts'
import { tracesOf } from './traces.ts'

export interface Expected {
  readonly exitCode: number
  readonly message: RegExp
  readonly hint: RegExp
}

/** With `--json` the last line of stderr is the error, and stdout is empty. */
export const expectError = (end: ProgramEnd, { exitCode, message, hint }: Expected): void => {
  expect(end.stdout).toBe('')
  const error = errorOf(end.stderr)
  expect(error.message).toMatch(message)
  expect(error.hint).toMatch(hint)
  expect(error.message).not.toMatch(/unexpected|undefined|\[object/i)
  expect([error.exitCode, end.exitCode]).toEqual([exitCode, exitCode])
}

export const addRows = async (sql: Sql): Promise<void> => {
  await sql(
    "INSERT INTO EmailUser (email, passwd, is_staff, is_active, ctime) VALUES ('a@example.com', 'x', 0, 1, 1), ('b@example.com', 'y', 1, 1, 2)",
    'ccnet_db',
  )
  await sql("INSERT INTO Branch (name, repo_id, commit_id) VALUES ('master', 'r1', 'c1')", 'seafile_db')
}

export const addFiles = async (dataDir: string): Promise<void> => {
  for (const name of ['seafile-data', 'seahub-data', 'storage-data', 'conf']) {
    await mkdir(join(dataDir, name, 'below'), { recursive: true })
    await writeFile(join(dataDir, name, 'below', 'file'), `of ${name}\n`)
  }
}

export const snapshotIds = async (installation: TestInstallation): Promise<string[]> => {
  const { stdout } = await installation.restic('snapshots', '--json', '--no-lock')
  return (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)
}

/** Runs with other settings, for this run alone. */
export const withSettings = (
  installation: TestInstallation,
  settings: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<ProgramEnd> => installation.having(settings).run(...args, '--json')

/** A SeaTable on this host whose live data differs from its only snapshot. */
export interface Untouched {
  readonly server: MariaDB
  readonly installation: TestInstallation
  /** The only snapshot. */
  readonly first: string
  /** Takes back what a test has added to the repository. */
  resetRepository(): Promise<void>
}

/**
 * For suites of what is refused: whatever was wrong, after each test there is no snapshot more or less, live data is as
 * it was, and nothing is left behind. What it returns is there once the tests begin.
 */
export const untouchedHost = (): (() => Untouched) => {
  let site: EmptySite
  let first: string
  let before: State

  const resetRepository = async (): Promise<void> => {
    await rm(join(site.installation.dir, 'repository'), { recursive: true })
    await cp(join(site.folder, 'repository-template'), join(site.installation.dir, 'repository'), { recursive: true })
  }

  const state = (): Promise<State> => captureState(site.server.sql, site.installation.dataDir)

  beforeAll(async () => {
    site = await startEmptySite('bad')
    const { server, installation } = site
    await createSchema(server.sql)
    await addRows(server.sql)
    await addFiles(installation.dataDir)
    await installation.createRepository()
    ;({ snapshot: first } = await installation.json<{ snapshot: string }>('backup'))
    await cp(join(installation.dir, 'repository'), join(site.folder, 'repository-template'), { recursive: true })
    // What a restore would replace differs from the snapshot: nothing lost means that this stays.
    await server.sql("UPDATE EmailUser SET email = 'newer@example.com' WHERE id = 1", 'ccnet_db')
    await writeFile(join(installation.dataDir, 'seafile-data', 'below', 'file'), 'newer\n')
  })

  afterAll(() => site.end())

  beforeEach(async () => {
    before = await state()
  })

  afterEach(async () => {
    expect(diffStates(before, await state())).toEqual([])
    expect(await tracesOf(site.installation, site.server.sql)).toEqual([])
    expect(await snapshotIds(site.installation)).toEqual([first])
  })

  return () => ({ server: site.server, installation: site.installation, first, resetRepository })
}
