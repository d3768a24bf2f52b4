import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { addInexact } from '../fixture/inexact.ts'
import { diffStates } from '../fixture/state.ts'

interface Backup {
  readonly snapshot: string
  readonly warnings: readonly string[]
}

await describeWith(['mariadb', 'restic', 'root'], 'a backup of what cannot come back as it is', () => {
  let seatable: OnThisHost

  beforeAll(async () => {
    seatable = await startOnThisHost()
  })

  afterAll(() => seatable.end())

  test('warns of each, also in the snapshot', async () => {
    await addInexact(seatable.server.sql)
    const { snapshot, warnings } = await seatable.installation.json<Backup>('backup')
    const expected = [
      expect.stringMatching(/^dtable_db: not InnoDB.*inexact_aria \(Aria\), inexact_myisam \(MyISAM\)/),
      expect.stringMatching(
        /^dtable_db: the history of system-versioned tables is not saved: (?=.*inexact_history).*inexact_period/,
      ),
      expect.stringMatching(/^dtable_db: FLOAT columns are saved with six digits only: inexact_float\.value$/),
      'dtable_db: bytes that have no character of their own in Unicode are saved as another one, or as “?”, in so many rows: inexact_bytes.word (2), inexact_bytes.sign (1)',
      'dtable_db: two values that both read as the empty text are saved as one, in so many rows: inexact_empty.one (1), inexact_empty.few (1)',
      'dtable_db: it is not saved how often a sequence has begun anew: inexact_rounds',
    ]
    expect(warnings).toEqual(expect.arrayContaining(expected))
    const { stdout, exitCode } = await seatable.installation.run('drill', snapshot, '--json')
    expect(exitCode, stdout).toBe(0)
    expect(JSON.parse(stdout).warnings).toEqual(expect.arrayContaining(expected))
  })

  test('restores all else of it', async () => {
    const { sql } = seatable.server
    const asked = `SELECT id, HEX(word), HEX(sign), HEX(fine) FROM dtable_db.inexact_bytes ORDER BY id;
      SELECT id, one + 0, few + 0, fine + 0 FROM dtable_db.inexact_empty ORDER BY id`
    const { snapshot } = await seatable.installation.json<Backup>('backup')
    await sql('DELETE FROM dtable_db.inexact_bytes; DELETE FROM dtable_db.inexact_empty')
    await seatable.installation.json('restore', snapshot, '--yes')
    expect(await sql(asked)).toEqual([
      ['1', 'CFF0E8', '88C0', 'F0D2C9D7C5D4'],
      ['2', '3F', '81CA', 'NULL'],
      ['3', '413F', '', ''],
      ['1', '2', '1', '1'],
      ['2', '2', '0', '0'],
      ['3', 'NULL', '0', 'NULL'],
    ])
    await seatable.installation.json('drop-previous', '--yes')
  })

  test('warns of archived rows that nobody backs up, also where no container of SeaTable is known', async () => {
    const { installation } = seatable
    const bases = join(installation.dataDir, 'db-data')
    await mkdir(join(bases, '0b4e1a3c'), { recursive: true })
    const { warnings } = await installation.json<Backup>('backup')
    await rm(bases, { recursive: true })
    expect(warnings).toContainEqual(expect.stringMatching(/^db-data holds archived rows .* they are in no snapshot$/))
  })

  test('names at once a table that the server as it is set up would refuse, as a restore does before it stops anything', async () => {
    const { installation, server } = seatable
    await server.sql('CREATE TABLE keyless (a int) ENGINE=InnoDB; INSERT INTO keyless VALUES (1)', 'ccnet_db')
    await server.sql('SET GLOBAL innodb_force_primary_key = ON')
    const { snapshot, warnings } = await installation.json<Backup>('backup')
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^ccnet_db: cannot be restored into this server as it is set up: .*keyless: it has no primary key, and innodb_force_primary_key is ON/,
      ),
    )
    const { exitCode, stderr } = await installation.run('restore', snapshot, '--yes', '--json')
    expect([exitCode, errorOf(stderr).message]).toEqual([
      1,
      expect.stringMatching(/table \S+: .*innodb_force_primary_key/),
    ])
    expect(stderr).not.toMatch(/Restoring the directories|Swapping/)
    await server.sql('SET GLOBAL innodb_force_primary_key = OFF; DROP TABLE ccnet_db.keyless')
  })

  test('warns of a package, which a restore refuses before it touches anything', async () => {
    const { installation, server } = seatable
    const packages = `SET sql_mode = 'ORACLE';
DELIMITER $$
CREATE PACKAGE words AS FUNCTION one RETURN int; END$$
CREATE PACKAGE BODY words AS FUNCTION one RETURN int AS BEGIN RETURN 1; END; END$$
`
    await server.sql(packages, 'dtable_db')
    const { snapshot, warnings } = await installation.json<Backup>('backup')
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^dtable_db: cannot be restored as long as it holds the package words: packages are not restored; the package body words/,
      ),
    )
    const { exitCode, stderr } = await installation.run('restore', snapshot, '--yes', '--json')
    expect(exitCode).toBe(1)
    expect(errorOf(stderr).message).toMatch(
      /is what was saved, and is not restored: .*the package words: packages are not restored/,
    )

    const before = await seatable.state()
    const inPlace = await installation.run('restore', seatable.snapshot, '--in-place', '--yes', '--json')
    expect(inPlace.exitCode).toBe(1)
    expect(errorOf(inPlace.stderr)).toMatchObject({
      message: expect.stringMatching(/^A safety snapshot of what is live would be no way back: .*the package words/),
      hint: expect.stringMatching(/^SeaTable was not stopped\. Fix what is named here/),
    })
    expect(inPlace.stderr).not.toMatch(/Trying the rows|Stopping SeaTable/)
    expect(diffStates(before, await seatable.state())).toEqual([])
  })
})
