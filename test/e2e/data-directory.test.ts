import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { startMariaDB } from '../environment/mariadb.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates } from '../fixture/state.ts'

await describeWith(['mariadb', 'restic', 'root'], 'tables that lie in a directory of their own', () => {
  let seatable: OnThisHost
  let fast: string

  const sql = (text: string) => seatable.server.sql(text)
  const json = <Document = unknown>(...args: string[]) => seatable.installation.json<Document>(...args)

  const make = () =>
    sql(`
CREATE TABLE dtable_db.placed (id int PRIMARY KEY) ENGINE=InnoDB DATA DIRECTORY='${fast}' COMMENT='it''s';
CREATE TABLE dtable_db.parted (id int PRIMARY KEY) ENGINE=InnoDB PARTITION BY RANGE (id)
 (PARTITION p0 VALUES LESS THAN (10) DATA DIRECTORY='${fast}', PARTITION p1 VALUES LESS THAN MAXVALUE);
CREATE TABLE ccnet_db.old (id int PRIMARY KEY) ENGINE=MyISAM DATA DIRECTORY='${fast}' INDEX DIRECTORY='${fast}';
INSERT INTO dtable_db.placed VALUES (1); INSERT INTO dtable_db.parted VALUES (1), (20); INSERT INTO ccnet_db.old VALUES (1);`)

  beforeAll(async () => {
    seatable = await startOnThisHost()
    fast = join(seatable.folder, 'fast')
    await mkdir(fast)
  })

  afterAll(() => seatable.end())

  test('are told at backup and by doctor, refused before anything is fetched, and come back in place where they were', async () => {
    await make()
    const saved = await seatable.state()
    // In this mode a session is not shown the clause, and makes tables without it.
    await sql(`SET GLOBAL sql_mode = 'NO_DIR_IN_CREATE'`)
    const { warnings, snapshot } = await json<{ warnings: string[]; snapshot: string }>('backup')
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^Tables with a directory of their own .*ccnet_db\.old \(DATA DIRECTORY .*dtable_db\.parted.*dtable_db\.placed/,
      ),
    )
    const { stdout } = await seatable.installation.run('doctor', '--json')
    expect(JSON.parse(stdout).checks).toContainEqual(
      expect.objectContaining({ id: 'data-directories', status: 'warn' }),
    )

    // Copies lie where the server keeps its databases: a second table of that name would get the files of the first.
    expect(await json('drill', snapshot)).toMatchObject({ ok: true })

    const before = await seatable.state()
    const refused = await seatable.installation.run('restore', snapshot, '--yes', '--json')
    expect(refused.exitCode).toBe(1)
    expect(errorOf(refused.stderr).message).toMatch(
      /^There are tables with a directory of their own.*dtable_db\.placed/,
    )
    expect(refused.stderr).not.toContain('Fetching')
    expect(diffStates(before, await seatable.state())).toEqual([])

    // Only the snapshot has them.
    await sql(`DROP TABLE dtable_db.placed, dtable_db.parted, ccnet_db.old`)
    const remembered = await seatable.installation.run('restore', snapshot, '--yes', '--json')
    expect(errorOf(remembered.stderr).message).toMatch(
      /^The snapshot holds tables with a directory of their own.*dtable_db\.placed/,
    )
    await sql('SET GLOBAL sql_mode = DEFAULT')

    await make()
    await sql('DELETE FROM dtable_db.placed; INSERT INTO ccnet_db.old VALUES (5)')
    await json('restore', snapshot, '--in-place', '--yes')
    expect(diffStates(saved, await seatable.state())).toEqual([])
    await seatable.server.stop()
    Object.assign(seatable.server, await startMariaDB({ dir: join(seatable.folder, 'db') }))
    expect(diffStates(saved, await seatable.state())).toEqual([])
  })
})
