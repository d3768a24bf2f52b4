import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates } from '../fixture/state.ts'

interface Restored {
  readonly warnings: readonly string[]
}

await describeWith(['mariadb', 'restic', 'root'], 'what hangs on views, routines and events', () => {
  let seatable: OnThisHost
  let sql: OnThisHost['server']['sql']

  const grants = async () =>
    (await sql('SHOW GRANTS FOR joe; SHOW GRANTS FOR readers'))
      .map(([line]) => line)
      .filter((line) => !/USAGE/.test(line ?? ''))
  const event = async (name: string) =>
    (await sql(`SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_NAME = '${name}'`)).flat()
  const created = async () =>
    sql("SELECT ROUTINE_NAME, CREATED FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'dtable_db' ORDER BY 1")

  beforeAll(async () => {
    seatable = await startOnThisHost({ extraArgs: ['--log-bin', '--log-bin-trust-function-creators=1'] })
    sql = seatable.server.sql
    await sql(
      `
CREATE USER joe; CREATE ROLE readers;
GRANT EXECUTE ON PROCEDURE dtable_db.extra_procedure TO joe WITH GRANT OPTION;
GRANT EXECUTE, ALTER ROUTINE ON FUNCTION dtable_db.extra_function TO readers;
GRANT SELECT ON dtable_db.z_view TO joe;
GRANT SELECT (id), UPDATE ON dtable_db.workspaces TO joe;
CREATE FUNCTION guess() RETURNS int RETURN rand() * 10;
CREATE PROCEDURE qualified() SELECT COUNT(*) FROM dtable_db.workspaces;
CREATE VIEW by_function AS SELECT dtable_db.extra_function(id) AS text, NEXTVAL(extra_sequence) AS next FROM dtable_db.workspaces;
CREATE TRIGGER dtable_db.qualified BEFORE UPDATE ON dtable_db.workspaces FOR EACH ROW SET @last = (SELECT MAX(id) FROM dtable_db.workspaces);
CREATE EVENT on_the_other_server ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DISABLE ON SLAVE DO DO 1;
SET timestamp = 1000000000;
CREATE EVENT long_ago ON SCHEDULE AT '2001-09-10 00:00:00' DO DO 1;`,
      'dtable_db',
    )
    await seatable.installation.json('backup')
  })

  afterAll(() => seatable.end())

  test('survives a restore and a rollback that change nothing, untouched', async () => {
    const [before, state, when] = [await grants(), await seatable.state(), await created()]
    expect(before).toHaveLength(4)
    const { warnings } = await seatable.installation.json<Restored>('restore', 'latest', '--yes')
    expect(diffStates(state, await seatable.state())).toEqual([
      expect.stringMatching(/dtable_db: event long_ago is missing/),
    ])
    expect(warnings).toContainEqual(
      expect.stringMatching(/^the event dtable_db\.long_ago is not there: its time has passed/),
    )
    expect(await grants()).toEqual(before)
    expect(await created()).toEqual(when)
    expect(await event('on_the_other_server')).toEqual(['SLAVESIDE_DISABLED'])
    await seatable.installation.json('rollback', '--yes')
    expect(await grants()).toEqual(before)
    expect(await created()).toEqual(when)
    await seatable.installation.json('drop-previous', '--yes')
  })

  test('survives when what it hangs on was changed, or is not in the snapshot', async () => {
    await sql(
      `
DELIMITER //
CREATE OR REPLACE PROCEDURE extra_procedure(IN word varchar(100), OUT total int) SET total = 1//
DROP FUNCTION extra_function//
CREATE FUNCTION extra_function(n int) RETURNS int DETERMINISTIC RETURN n//
GRANT EXECUTE ON FUNCTION extra_function TO readers//
CREATE PROCEDURE newer() SELECT 1//
GRANT EXECUTE ON PROCEDURE newer TO joe//
CREATE EVENT newer ON SCHEDULE EVERY 1 YEAR STARTS '2037-01-01 00:00:00' DO DO 1//
CREATE VIEW newer AS SELECT 1 AS one//
DROP VIEW z_view//
CREATE VIEW z_view AS SELECT 'changed' AS name//`,
      'dtable_db',
    )
    const [before, state] = [await grants(), await seatable.state()]
    await seatable.installation.json('restore', 'latest', '--yes')
    expect(await grants()).toEqual(before.filter((grant) => !grant?.includes('newer')))
    expect(await sql('SELECT CONCAT(extra_function(1))', 'dtable_db')).toEqual([['№ 1;']])
    const names = await sql("SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_NAME = 'newer'")
    expect(names).toEqual([])
    await seatable.installation.json('rollback', '--yes')
    expect(await grants()).toEqual(before)
    expect(diffStates(state, await seatable.state())).toEqual([])
    await seatable.installation.json('drop-previous', '--yes')
  })

  describe('that this server would not create', () => {
    const untouched = async (work: () => Promise<{ exitCode: number; stderr: string }>) => {
      const before = await seatable.state()
      const end = await work()
      expect(end.exitCode, end.stderr).toBe(1)
      expect(end.stderr).not.toMatch(/^Swapping$/m)
      expect(diffStates(before, await seatable.state())).toEqual([])
      expect(await readdir(seatable.installation.stateDir)).not.toContain('journal.json')
      const left = await sql("SHOW DATABASES LIKE '%\\_\\_%'")
      expect(left).toEqual([])
      return errorOf(end.stderr)
    }

    test('is refused before the stop, by name and with the setting that helps', async () => {
      await sql('SET GLOBAL log_bin_trust_function_creators = 0; DROP FUNCTION dtable_db.guess')
      const { message, hint } = await untouched(() => seatable.installation.run('restore', 'latest', '--yes', '--json'))
      expect(message).toMatch(
        /This server does not take the function dtable_db\.guess \(ERROR 1418 .*\) of the snapshot/,
      )
      expect(hint).toMatch(/log_bin_trust_function_creators = 1/)
      const drill = await seatable.installation.run('drill', 'latest', '--json')
      expect(drill.exitCode).toBe(1)
      expect(JSON.parse(drill.stdout).databases).toContainEqual(
        expect.objectContaining({
          name: 'dtable_db',
          differences: [expect.stringMatching(/does not take the function dtable_db\.guess: ERROR 1418/)],
        }),
      )
      await sql('SET GLOBAL log_bin_trust_function_creators = 1')
      await seatable.installation.json('restore', 'latest', '--yes')
      await seatable.installation.json('drop-previous', '--yes')
    })

    test('stays where it is live as it was saved, and is no reason to refuse', async () => {
      await sql('SET GLOBAL log_bin_trust_function_creators = 0')
      await seatable.installation.json('restore', 'latest', '--yes')
      expect((await sql('SELECT dtable_db.guess() < 11')).flat()).toEqual(['1'])
      await seatable.installation.json('rollback', '--yes')
      expect((await sql('SELECT dtable_db.guess() < 11')).flat()).toEqual(['1'])
      await seatable.installation.json('drop-previous', '--yes')
      await sql('SET GLOBAL log_bin_trust_function_creators = 1')
    })

    test('is refused when it is live and would have to make way', async () => {
      await sql(
        'CREATE FUNCTION dtable_db.newer_guess() RETURNS int RETURN rand() * 10; SET GLOBAL log_bin_trust_function_creators = 0',
      )
      const { message } = await untouched(() => seatable.installation.run('restore', 'latest', '--yes', '--json'))
      expect(message).toMatch(
        /the function dtable_db\.newer_guess is live and has to make way, and this server would not create it again \(ERROR 1418/,
      )
      await sql('SET GLOBAL log_bin_trust_function_creators = 1')
    })

    test('is refused by a rollback too', async () => {
      await seatable.installation.json('restore', 'latest', '--yes')
      await sql('SET GLOBAL log_bin_trust_function_creators = 0')
      const before = await seatable.state()
      const end = await seatable.installation.run('rollback', '--yes', '--json')
      expect(errorOf(end.stderr).message).toMatch(
        /does not take the function dtable_db\.newer_guess \(ERROR 1418 .*\) of the previous data/,
      )
      expect(diffStates(before, await seatable.state())).toEqual([])
      await sql('SET GLOBAL log_bin_trust_function_creators = 1')
      await seatable.installation.json('rollback', '--yes')
      expect((await sql('SELECT dtable_db.newer_guess() < 11')).flat()).toEqual(['1'])
    })

    test('is refused in place before the stop, whether it comes or is live, and else before anything is replaced', async () => {
      const inPlace = (snapshot: string) =>
        seatable.installation.run('restore', snapshot, '--in-place', '--yes', '--drop-previous', '--json')
      await sql('DROP FUNCTION dtable_db.newer_guess; SET GLOBAL log_bin_trust_function_creators = 0')
      const before = await seatable.state()
      const early = await inPlace('latest')
      expect(errorOf(early.stderr).message).toMatch(/does not take the function dtable_db\.guess \(ERROR 1418/)
      expect(early.stderr).not.toMatch(/Stopping SeaTable/)
      expect(diffStates(before, await seatable.state())).toEqual([])

      await sql('DROP FUNCTION dtable_db.guess')
      const { snapshot } = await seatable.installation.json<{ snapshot: string }>('backup')
      await sql(
        'SET GLOBAL log_bin_trust_function_creators = 1; CREATE FUNCTION dtable_db.newer_guess() RETURNS int RETURN rand() * 10; SET GLOBAL log_bin_trust_function_creators = 0',
      )
      const newer = await seatable.state()
      const ofLive = await inPlace(snapshot)
      expect(errorOf(ofLive.stderr).message).toMatch(
        /^A safety snapshot of what is live would be no way back: .*the function dtable_db\.newer_guess \(ERROR 1418/,
      )
      expect(ofLive.stderr).not.toMatch(/Trying the rows|Stopping SeaTable/)
      expect(diffStates(newer, await seatable.state())).toEqual([])
      expect(await readdir(seatable.installation.stateDir)).not.toContain('journal.json')

      // The server changes its mind after the last look.
      await sql('SET GLOBAL log_bin_trust_function_creators = 1')
      const [stop, start] = [0, 1].map(
        (trust) =>
          `mariadb --no-defaults --socket=${seatable.server.socket} -uroot -e "SET GLOBAL log_bin_trust_function_creators = ${trust}"`,
      ) as [string, string]
      await seatable.installation.set({
        SEATABLE_RESTIC_STOP_COMMAND: stop,
        SEATABLE_RESTIC_START_COMMAND: start,
      })
      const late = await inPlace(snapshot)
      expect(errorOf(late.stderr).message).toMatch(
        /^The safety snapshot [0-9a-f]{8} of what is live is no way back: .*the function dtable_db\.newer_guess \(ERROR 1418/,
      )
      expect(late.stderr).toMatch(/Trying the rows, table by table/)
      expect(diffStates(newer, await seatable.state())).toEqual([])
      expect(await sql('SELECT @@GLOBAL.log_bin_trust_function_creators')).toEqual([['1']])
      expect(await readdir(seatable.installation.stateDir)).not.toContain('journal.json')
      await seatable.installation.set({ SEATABLE_RESTIC_STOP_COMMAND: null, SEATABLE_RESTIC_START_COMMAND: null })

      const granted = await grants()
      const end = await inPlace(snapshot)
      expect(end.exitCode, end.stderr).toBe(0)
      expect(await grants()).toEqual(granted)
      expect(
        await sql("SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_NAME = 'newer_guess'"),
      ).toEqual([])
    })
  })
})
